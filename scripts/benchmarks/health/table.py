"""Figures with their limits."""
import json


class Table:
    def __init__(self):
        self.rows = {}
        self.notes = []

    def value(self, name, value, meaning, limit=None):
        self.rows[name] = (value, limit, meaning)

    def note(self, text):
        self.notes.append(text)

    def over(self):
        return [name for name, (value, limit, _) in self.rows.items() if limit is not None and value > limit]

    def text(self):
        lines = [f"{'figure':18} {'value':>9} {'limit':>7}       of what"]
        for name, (value, limit, meaning) in self.rows.items():
            shown = str(value) if isinstance(value, int) else f"{value:.2f}"
            verdict = "" if limit is None else "ok" if value <= limit else "OVER"
            lines.append(f"{name:18} {shown:>9} {'' if limit is None else f'{limit:g}':>7} {verdict:4}  {meaning}")
        lines += self.notes
        if self.over():
            lines.append(f"over the limit: {', '.join(self.over())}")
        return "\n".join(lines)

    def save(self, path):
        with open(path, "w") as file:
            json.dump({name: {"value": round(value, 4), "limit": limit, "meaning": meaning}
                       for name, (value, limit, meaning) in self.rows.items()}, file, indent=2)
            file.write("\n")
