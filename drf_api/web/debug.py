from django.views.debug import ExceptionReporter


class MarkedReporter(ExceptionReporter):
    """Django's debug page, marked: it needs a content security policy of its own."""

    def get_traceback_html(self):
        if self.request:
            self.request.has_debug_page = True
        return super().get_traceback_html()
