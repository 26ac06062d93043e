"""JSON texts that the server accepts, by the rule of RFC 8259 that each keeps.

The values of members, by name; `_NUMBERS` and the like are the parts of the grammar, which are put together.
"""

import itertools

# Section 2: the six structural characters, with white space around each of them.
_WHITE_SPACE = {"space": " ", "tab": "\t", "line feed": "\n", "carriage return": "\r", "all of it": " \t\r\n "}
_AROUND = {
    "begin-array": "{w}[{w}1]",
    "end-array": "[1{w}]{w}",
    "begin-object": '{w}{{{w}"a":1}}',
    "end-object": '{{"a":1{w}}}{w}',
    "name-separator": '{{"a"{w}:{w}1}}',
    "value-separator in an array": "[1{w},{w}2]",
    "value-separator in an object": '{{"a":1{w},{w}"b":2}}',
}

# Section 3: values.
_VALUES = {
    "false": "false",
    "null": "null",
    "true": "true",
    "a number": "5",
    "a string": '"x"',
    "an object": '{"a":1}',
    "an array": "[1]",
    "an empty object": "{}",
    "an empty array": "[]",
    "an empty string": '""',
}

# Section 6: number = [ minus ] int [ frac ] [ exp ]
_MINUS = {"": "", "minus, ": "-"}
_INT = {"zero": "0", "one digit": "7", "many digits": "1234567890"}
_FRACTION = {"": "", " and a fraction": ".5", " and a fraction with zeros": ".0250"}
_EXPONENT = {"": "", " and e": "e5", " and E": "E5", " and e+": "e+07", " and E-": "E-12"}

_NUMBERS = {
    "the largest of 64 bits without sign": "18446744073709551615",
    "one above the signed ones": "9223372036854775808",
    "the largest of 64 bits with sign": "9223372036854775807",
    "the smallest of 64 bits": "-9223372036854775808",
    "beyond what a double tells from its neighbour": "9007199254740993",
    "the largest double": "1.7976931348623157e308",
    "the smallest normal double": "2.2250738585072014e-308",
    "the smallest double": "5e-324",
    "below the smallest double": "1e-400",
    "minus zero": "-0",
    "minus zero with a fraction": "-0.0",
    "a fraction of 40 digits": "0." + "1234567890" * 4,
    "an exponent of zero": "1e0",
    "an exponent with leading zeros": "1e0005",
    "zero to a high power": "0e999",
    "a tie of two doubles": "1.00000000000000011102230246251565",
}

# Doubles that some reader does not take as they are: they are stored in another form, and are the same doubles.
_RARE_NUMBERS = {
    "more digits than 64 bits": "59506750011601810000.0",
    "more digits than 64 bits, and an exponent": "12345678901234567890123e-5",
    "just more than 64 bits": "18446744073709551616.0",
    "just more than 64 bits with sign": "-9223372036854775809.5",
    "300 digits": "1" + "0" * 300 + ".0",
    "300 digits and an exponent": "-" + "7" * 300 + ".5E-290",
    "zero to a power above 308": "0e309",
    "minus zero to a power above 308": "-0.0E+4000",
    "a fraction to a power above 308": "0.1e309",
    "a long fraction to a power above 308": "0." + "0" * 400 + "1e401",
    "an exponent of eleven digits": "1e-99999999999",
    "zero with an exponent of eleven digits": "0e99999999999",
    "an exponent beyond 32 bits": "1e-4294967297",
    "an exponent beyond 64 bits": "1e-18446744073709551617",
}

# Section 7: strings. What stands between the quotes.
_ESCAPES = {
    "quotation mark": r"\"",
    "reverse solidus": r"\\",
    "solidus": r"\/",
    "backspace": r"\b",
    "form feed": r"\f",
    "line feed": r"\n",
    "carriage return": r"\r",
    "tab": r"\t",
    "NUL": r"\u0000",
    "unit separator": r"\u001f",
    "delete": r"\u007f",
    "a letter": r"\u0041",
    "digits in lower case": r"\u00e9",
    "digits in upper case": r"\u00E9",
    "line separator": r"\u2028",
    "paragraph separator": r"\u2029",
    "byte order mark": r"\ufeff",
    "non-character": r"\uffff",
    "replacement character": r"\ufffd",
    "last before the surrogates": r"\ud7ff",
    "first after the surrogates": r"\ue000",
    "surrogate pair": r"\ud83d\udd2d",
    "surrogate pair in upper case": r"\uD83D\uDD2D",
    "the first surrogate pair": r"\ud800\udc00",
    "the last surrogate pair": r"\udbff\udfff",
    "two surrogate pairs": r"\ud83d\udd2d\ud83d\udd2d",
    "a reverse solidus before u": r"\\u0041",
    "an escaped surrogate that is none": r"\\ud83d",
    "one after another": r"\"\\\/\b\f\n\r\t",
}
_UNESCAPED = {
    "a space": " ",
    "an exclamation mark, before the quotation mark": "!",
    "a number sign, after the quotation mark": "#",
    "a left bracket, before the reverse solidus": "[",
    "a right bracket, after the reverse solidus": "]",
    "a solidus": "/",
    "delete": "\x7f",
    "the first of two bytes": "\x80",
    "the last of two bytes": "\u07ff",
    "the first of three bytes": "\u0800",
    "the last before the surrogates": "\ud7ff",
    "the first after the surrogates": "\ue000",
    "the last of three bytes": "\uffff",
    "the first of four bytes": "\U00010000",
    "the last of all": "\U0010ffff",
    "a line separator": "\u2028",
    "a byte order mark": "\ufeff",
    "a next line": "\x85",
    "a non-character": "\ufdd0",
    "a letter and a combining mark": "e\u0301",
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "an emoji of seven scalars": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "what looks like a comment": "/* // # --",
    "what looks like JSON": "{[1, 2]}",
    "apostrophes": "it's",
    "100,000 letters": "x" * 100_000,
}

# Sections 4 and 5: objects and arrays.
_CONTAINERS = {
    "an empty name": '{"":1}',
    "an escaped name": r'{"\u0061\n":1}',
    "names of every kind": '{"1":1,"null":2,"a b":3,"é":4,"🔭":5,".":6,"[":7,"$":8}',
    "an object in an object in an object": '{"a":{"b":{"c":{}}}}',
    "arrays in an array": "[[],[[]],[[],[]]]",
    "values of every kind": '[null,true,false,0,-1.5e3,"",{},[]]',
    "objects of several kinds": '[{"a":1},{"b":"x"},{"a":[]}]',
    "1,000 members": "{" + ",".join(f'"m{number}":{number}' for number in range(1_000)) + "}",
    "10,000 elements": "[" + ",".join(["0"] * 10_000) + "]",
    "arrays to the depth limit": "[" * 62 + "1" + "]" * 62,
    "objects to the depth limit": '{"a":' * 62 + "1" + "}" * 62,
}

# Arrays of which Polars makes no lists: it has to be told that `data` is of the type String.
MIXED = {"container: values of every kind", "container: objects of several kinds"}

# Members of which DuckDB and Polars make no columns: they have to be told the type of `data`, JSON or String.
ALIKE = {
    "names that differ by their case": '{"a":1,"A":2}',
    "a name that occurs twice": '{"a":1,"b":2,"a":3}',
    "a name and value that occur twice": '{"a":1,"a":1}',
}


def _numbers():
    for (minus, m), (integer, i), (fraction, f), (exponent, e) in itertools.product(
        _MINUS.items(), _INT.items(), _FRACTION.items(), _EXPONENT.items()
    ):
        yield f"number: {minus}{integer}{fraction}{exponent}", m + i + f + e


ACCEPTED: dict[str, bytes] = {
    name: text.encode()
    for name, text in [
        *[
            (f"{white_space} around {character}", pattern.format(w=text))
            for (white_space, text), (character, pattern) in itertools.product(_WHITE_SPACE.items(), _AROUND.items())
        ],
        *[(f"value: {name}", text) for name, text in _VALUES.items()],
        *_numbers(),
        *[(f"number: {name}", text) for name, text in (_NUMBERS | _RARE_NUMBERS).items()],
        *[(f"escape: {name}", f'"x{text}y"') for name, text in _ESCAPES.items()],
        *[(f"escape in a name: {name}", f'{{"x{text}y":1}}') for name, text in _ESCAPES.items()],
        *[(f"unescaped: {name}", f'"{text}"') for name, text in _UNESCAPED.items()],
        *[(f"container: {name}", text) for name, text in _CONTAINERS.items()],
        *ALIKE.items(),
    ]
}
