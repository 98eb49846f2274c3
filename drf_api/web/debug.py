from django.views.debug import ExceptionReporter


class MarkedReporter(ExceptionReporter):
    """Marks requests that get Django's debug page, which needs its own CSP."""

    def get_traceback_html(self):
        if self.request:
            self.request.has_debug_page = True
        return super().get_traceback_html()
