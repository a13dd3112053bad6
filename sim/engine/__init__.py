"""How a month runs over a million rows: named columns, draws by name, phases over blocks, threads. Knows no mechanism."""
