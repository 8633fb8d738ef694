"""What was measured, and how it is shown."""
import json
import statistics

from limits import LIMITS


def pairwise(own, other):
    """The median of the ratios of runs that stood next to each other; a slow minute of the machine hits both."""
    return statistics.median(a / b for a, b in zip(own, other))


class Results:
    def __init__(self):
        self.ratios = {}
        self.figures = {}
        self.missing = {}
        self.notes = {}

    def ratio(self, name, value, note=""):
        assert name in LIMITS, name
        self.ratios[name] = value
        self.missing.pop(name, None)
        if note:
            self.notes[name] = note

    def figure(self, name, value):
        self.figures[name] = value

    def lacks(self, names, reason):
        """Ratios that could not be had, and why (the first reason stays); nothing is invented for them."""
        for name in names:
            if name not in self.ratios:
                self.missing.setdefault(name, reason)

    def too_high(self, only_gated):
        """Ratios over their limits; with `only_gated` also those without a value: what was not measured has not passed."""
        over = [name for name, value in self.ratios.items() if value > LIMITS[name].limit]
        if not only_gated:
            return over
        return [name for name in [*over, *self.missing] if LIMITS[name].gated]

    def save(self, path):
        document = {
            "ratios": {name: {"value": round(value, 4), "limit": LIMITS[name].limit} for name, value in self.ratios.items()},
            "figures": {name: round(value, 4) if isinstance(value, float) else value for name, value in self.figures.items()},
            "missing": self.missing,
        }
        with open(path, "w") as file:
            json.dump(document, file, indent=2, sort_keys=True)
            file.write("\n")

    def table(self):
        lines = [f"{'ratio':18} {'value':>9} {'limit':>7}       what is compared"]
        for name, limit in LIMITS.items():
            if name in self.ratios:
                value = self.ratios[name]
                verdict = "ok" if value <= limit.limit else "OVER"
                note = f" ({self.notes[name]})" if name in self.notes else ""
                lines.append(f"{name:18} {value:9.3f} {limit.limit:7.2f} {verdict:4}  {limit.meaning}{note}")
            elif name in self.missing:
                lines.append(f"{name:18} {'-':>9} {limit.limit:7.2f} none  {limit.meaning}: {self.missing[name]}")
        return "\n".join(lines)
