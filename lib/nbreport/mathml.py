"""LaTeX to MathML when the page is built: no script, no network, and mistakes stop the build."""

import re

import math_core


class MathError(ValueError):
    """A formula is not valid LaTeX; the message names notebook, cell and formula."""


class MathConverter:
    """Converts formulas, and remembers which characters they need of the math font."""

    def __init__(self):
        self._converter = math_core.LatexToMathML()
        self._plain = math_core.LatexToMathML(fancy_error=False)
        self.characters = set()

    def convert(self, latex, block, where):
        """Return MathML.

        Parameters
        ----------
        latex : str
        block : bool
            Displayed, not inline.
        where : str
            Place named in errors.

        Raises
        ------
        MathError
        """
        try:
            markup = self._converter.convert_with_local_state(latex.strip(), displaystyle=block)
        except math_core.LatexError:
            raise MathError(f"{where}: {self._complaint(latex, block)} in {latex.strip()}") from None
        self.characters.update(re.sub(r"<[^>]*>", "", markup))
        return markup

    def _complaint(self, latex, block):
        try:
            self._plain.convert_with_local_state(latex.strip(), displaystyle=block)
        except math_core.LatexError as error:
            return " ".join(str(error).split())
        return "invalid LaTeX"


def tags(latex):
    """Return the numbers that a formula carries as explicit tags."""
    return re.findall(r"\\tag\{([^}]*)\}", latex)
