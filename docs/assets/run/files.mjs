// The files of the bench. Each file has a tab and an editor.
import { NAME } from "./link.mjs";
import { button, make } from "./make.mjs";

export class Files {
  #edit;
  #folder;
  #editors = new Map();
  #tabs = make("div", { role: "tablist", "aria-label": "Files" });
  #panels = make("div");

  /**
   * Show the files in `texts`, which maps names to contents. `edit` creates an editor.
   */
  constructor(edit, folder, texts) {
    this.#edit = edit;
    this.#folder = folder;
    this.element = make("div", { className: "files" },
      make("div", { className: "row" }, this.#tabs, this.#adder()), this.#panels);
    this.#tabs.onkeydown = (event) => this.#move(event);
    for (const [name, text] of Object.entries(texts)) this.add(name, text);
    this.select(Object.keys(texts)[0]);
  }

  /** The current contents of the files, by name. */
  get texts() {
    return Object.fromEntries([...this.#editors].map(([name, editor]) => [name, editor.text]));
  }

  add(name, text) {
    const id = `run-file-${this.#editors.size}`;
    const tab = button(name, () => this.select(name), { role: "tab", id, "aria-controls": `${id}-panel` });
    const panel = make("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id });
    this.#editors.set(name, this.#edit(panel, {
      text, label: `${this.#folder}/${name}`, changed: () => {},
    }));
    this.#tabs.append(tab);
    this.#panels.append(panel);
  }

  select(name) {
    const chosen = [...this.#editors.keys()].indexOf(name);
    [...this.#panels.children].forEach((panel, number) => { panel.hidden = number !== chosen; });
    [...this.#tabs.children].forEach((tab, number) => {
      tab.setAttribute("aria-selected", number === chosen);
      tab.tabIndex = number === chosen ? 0 : -1;
    });
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...this.#tabs.children];
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    this.select(next.textContent);
    next.focus();
  }

  /** Return the form that adds a file. */
  #adder() {
    const field = make("input", {
      type: "text", placeholder: "helper.py", "aria-label": "Name of a new file", required: true,
    });
    field.oninput = () => field.setCustomValidity(NAME.test(field.value) ? "" : "Write a name such as helper.py.");
    const form = make("form", {}, field, make("button", { type: "submit", textContent: "Add a file" }));
    form.onsubmit = (event) => {
      event.preventDefault();
      const name = field.value;
      if (!this.#editors.has(name)) this.add(name, "");
      this.select(name);
      field.value = "";
    };
    return form;
  }
}
