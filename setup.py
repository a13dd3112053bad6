"""Build step: an installed package carries the shipped scenarios, policies, profiles, macro tables, experiments,
calibrations and published outcomes."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


class WithScenarios(build_py):
    """Copies `scenarios/`, and the experiment files with it, into the built package as `sim/shipped/`."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "sim" / "shipped"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / "scenarios", target)
            (target / "experiments").mkdir()
            for file in (ROOT / "experiments").glob("*.yaml"):
                shutil.copy(file, target / "experiments")
            for folder in ("actual", "calibrations"):
                shutil.copytree(ROOT / "experiments" / folder, target / "experiments" / folder)


setup(cmdclass={"build_py": WithScenarios})
