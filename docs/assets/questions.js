// Questions: show the answer after a choice, and store the choice in the browser.
// The page also works without this file, because a click on the answer unfolds it.
function settle(question, key) {
  const chosen = question.querySelector("input:checked");
  if (!chosen) return;
  const right = chosen.value === question.dataset.right;
  for (const input of question.querySelectorAll("input")) {
    const state = input.value === question.dataset.right ? "right" : "wrong";
    input.closest("label").className = input === chosen || state === "right" ? state : "";
  }
  question.querySelector(".verdict").textContent = right ? "Right." : "Not quite.";
  question.querySelector("details").open = true;
  try {
    localStorage.setItem(key, chosen.value);
  } catch {
    // If the browser does not store the choice, the choice is lost when the page closes.
  }
}

function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// The theme's own folds also have the class `question`, but are not div elements.
for (const question of document.querySelectorAll("div.question")) {
  const first = question.querySelector("input");
  const words = question.querySelector("p").textContent;
  const key = `sprout:${location.pathname}:${words}`;
  const verdict = document.createElement("p");
  verdict.className = "verdict";
  verdict.setAttribute("role", "status");
  question.querySelector("ul").after(verdict);
  question.addEventListener("change", () => settle(question, key));
  const kept = first && question.querySelector(`input[value="${recall(key)}"]`);
  if (kept) {
    kept.checked = true;
    settle(question, key);
  }
}
