r"""Evaluates the LaTeX of a formula with NumPy arrays, so that what is printed can be tested.

It knows the LaTeX of the derivation and no more. Products are written side by side: of two
matrices the matrix product, else the product of numbers. A letter as subscript is an index,
a digit or \max belongs to the name: `(Z_1)_{ij}` is `Z_1[i, j]`. `\underset{(B, H)}{Z_1}` checks the
shape of `Z_1`.
"""

import re
from math import comb

import numpy as np

TOKEN = re.compile(r"\\[a-zA-Z]+|\\[{}]|[a-zA-Z]|\d+|\S")
SPACING = re.compile(r"\\(left|right|textstyle|[,;!])(?![a-zA-Z])")
FUNCTIONS = {"log": np.log, "cos": np.cos, "relu": lambda z: np.maximum(z, 0), "Im": np.imag, "sgn": np.sign}
RELATIONS = {"=": np.equal, ">": np.greater, "<": np.less, r"\ge": np.greater_equal}


class Formula:
    """One side of an equation, evaluated while it is read.

    Parameters
    ----------
    latex : str
    names : dict
        Name to array, number or function: "Z_1", "lambda", "R{P}", "dW_2", ...
    indices : dict
        Index letter to its value, counted from 0.
    ranges : dict
        Index letter to the number of its values, where the formula does not say it.
    """

    def __init__(self, latex, names, indices=None, ranges=None):
        self.tokens = TOKEN.findall(SPACING.sub(" ", latex.replace(r"\tfrac", r"\frac")).replace("&", " "))
        self.place, self.names, self.indices, self.ranges = 0, names, dict(indices or {}), ranges or {}

    def value(self):
        """Return the value of the whole formula."""
        result = self.sum_of_terms()
        assert self.peek() is None, f"cannot read on at {self.tokens[self.place :]}"
        return result

    def relation(self):
        """Return the truth of a comparison, as 0 and 1."""
        left = self.sum_of_terms()
        compare = RELATIONS[self.take()]
        return np.asarray(compare(left, self.sum_of_terms()), float)

    def peek(self, ahead=0):
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def take(self, wanted=None):
        token = self.peek()
        assert token is not None and wanted in (None, token), f"{wanted} is missing before {token}"
        self.place += 1
        return token

    def braced(self, read):
        """Read `{...}`, or a single token as LaTeX does."""
        if self.peek() != "{":
            outer, self.tokens = self.tokens, self.tokens[: self.place + 1]
            result = read()
            self.tokens = outer
            return result
        self.take("{")
        result = read()
        self.take("}")
        return result

    def sum_of_terms(self):
        sign = -1 if self.peek() == "-" and self.take() else 1
        result = sign * self.term()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            result = result + sign * self.term()
        return result

    def term(self):
        result = self.factor()
        while (token := self.peek()) not in (None, "+", "-", "=", "<", ">", r"\ge", ")", "]", "}", r"\}", ",") and (
            token not in (r"\rVert", r"\rvert", r"\rfloor")
        ):
            if token in (r"\odot", "/"):
                self.take()
                other = self.factor()
                result = result * other if token == r"\odot" else result / other
            else:
                other = self.factor()
                result = result @ other if np.ndim(result) == np.ndim(other) == 2 else self.scaled(result, other)
        return result

    @staticmethod
    def scaled(a, b):
        assert np.ndim(a) == 0 or np.ndim(b) == 0, "side by side stand two matrices, or a number and something"
        return a * b

    def factor(self):
        result = self.atom()
        while self.peek() in ("^", "_"):
            if self.take() == "_":
                result = np.asarray(result)[self.braced(self.subscript)]
            elif self.peek() == r"\top":
                self.take()
                result = result.T
            else:
                result = result ** self.braced(self.sum_of_terms)
        return result

    def subscript(self):
        """Return an index: i, j, y_i, or a dot for all."""
        found = []
        while self.peek() not in (None, "}"):
            name = self.take()
            if name == ",":  # k, l + 1
                continue
            if self.peek() == "_":  # y_i
                self.take()
                found.append(self.names[name][self.braced(self.subscript)])
            else:
                found.append(slice(None) if name == r"\cdot" else self.indices.get(name, self.names.get(name)))
            if self.peek() == "+":
                self.take()
                found[-1] += int(self.take())
        return tuple(found)

    def atom(self):
        token = self.take()
        special = {
            "(": self.in_parentheses,
            "[": self.in_brackets,
            r"\frac": self.fraction,
            r"\binom": self.binomial,
            r"\underset": self.with_shape,
            r"\sum": self.sum_over_index,
            r"\max": self.maximum,
            r"\min": self.minimum,
            r"\sqrt": lambda: np.sqrt(self.braced(self.sum_of_terms)),
            r"\lvert": self.magnitude,
            r"\lVert": self.norm,
            r"\lfloor": self.floor,
        }
        if token in special:
            return special[token]()
        return float(token) if token.isdigit() else self.named(token)

    def in_parentheses(self):
        result = self.sum_of_terms()
        self.take(")")
        return result

    def in_brackets(self):
        result = self.relation()
        self.take("]")
        return result

    def fraction(self):
        return self.braced(self.sum_of_terms) / self.braced(self.sum_of_terms)

    def binomial(self):
        return comb(*(int(self.braced(self.sum_of_terms)) for _ in range(2)))

    def with_shape(self):
        shape = tuple(self.names[size] for size in self.braced(self.sizes))
        result = self.braced(self.sum_of_terms)
        assert np.shape(result) == shape, f"{shape} is printed below what has the shape {np.shape(result)}"
        return result

    def sizes(self):
        found = []
        while self.peek() != "}":
            found.append(self.take())
        return [token for token in found if token.isalpha()]

    def sum_over_index(self):
        self.take("_")
        self.take("{")
        index = self.take()
        self.take("=")
        start = int(self.take())  # from 1: an index, counted from 0 here; from 0: a number up to the last
        for token in ("}", "^"):
            self.take(token)
        return sum(self.over(index, int(self.braced(self.sum_of_terms)) + 1 - start, self.term))

    def over(self, index, count, read):
        """Return the values of what follows, for all values of an index."""
        start, outer = self.place, self.indices.get(index)
        values = []
        for self.indices[index] in range(max(count, 1)):  # of no values, too, the text must be read
            self.place = start
            values.append(read())
        self.indices[index] = outer
        return values[:count]

    def maximum(self):
        if self.peek() == "_":
            self.take()
            index = self.take()
            return max(self.over(index, self.ranges[index], self.factor))
        self.take("(")
        first = self.sum_of_terms()
        self.take(",")
        return np.maximum(first, self.in_parentheses())

    def minimum(self):
        self.take("(")
        first = self.sum_of_terms()
        self.take(",")
        return np.minimum(first, self.in_parentheses())

    def magnitude(self):
        result = self.sum_of_terms()
        self.take(r"\rvert")
        return np.abs(result)

    def norm(self):
        result = self.sum_of_terms()
        self.take(r"\rVert")
        return np.sqrt(np.sum(result**2))

    def floor(self):
        result = self.sum_of_terms()
        self.take(r"\rfloor")
        return np.floor(result)

    def named(self, token):
        name = self.name(token)
        if name == "e":
            self.take("^")
            return np.exp(self.braced(self.sum_of_terms))
        if name in FUNCTIONS:
            return FUNCTIONS[name](self.factor())
        value = self.names[name] if name in self.names else self.indices[name]
        if callable(value):
            self.take("(")
            return value(self.in_parentheses())
        return value

    def name(self, token):
        """Return the whole name that starts with a token."""
        if token in (r"\operatorname", r"\text", r"\mathrm"):
            self.take("{")
            name = ""
            while self.peek() != "}":
                name += self.take()
            self.take("}")
            return name
        if token == r"\mathbf":
            self.take("{")
            letter = self.take()
            self.take("}")
            return f"bold {letter}"
        if token == r"\bar":
            self.take("{")
            inner = self.name(self.take())
            self.take("}")
            return f"bar {inner}"
        if token == r"\mathcal":
            for expected in ("{", "R", "}", r"\{"):
                self.take(expected)
            inner = self.name(self.take())
            self.take(r"\}")
            return f"R{{{inner}}}"
        if token == "d" and ((self.peek() or "").isupper() or self.peek() in ("b", "w", r"\theta")):
            return "d" + self.name(self.take())
        name = token.lstrip("\\")
        if self.tokens[self.place : self.place + 4] == ["_", "{", r"\max", "}"]:
            self.place += 4
            return f"{name}_max"
        longer = f"{name}_{self.peek(1)}"
        if self.peek() == "_" and (str(self.peek(1)).isdigit() or longer in self.names):
            self.take("_")
            self.take()
            name = longer
        return name
