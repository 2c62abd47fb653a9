"""Recommendations by the ALS of implicit, in an environment of its own under ``.cache/peers``."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, save_npz

ENVIRONMENT = Path(__file__).parents[1] / ".cache" / "peers" / "implicit"
REQUIREMENTS = ("implicit==0.7.2", "numpy", "scipy")
SCRIPT = """
import sys, time
import numpy as np
from scipy.sparse import load_npz
from implicit.als import AlternatingLeastSquares
folder, n = sys.argv[1], int(sys.argv[2])
bought, users = load_npz(f"{folder}/bought.npz"), np.load(f"{folder}/users.npy")
small = AlternatingLeastSquares(factors=8, iterations=1, random_state=0, num_threads=1)
small.fit(bought[:100], show_progress=False)
begun = time.perf_counter()
model = AlternatingLeastSquares(factors=128, random_state=0)
model.fit(bought, show_progress=False)
every, _ = model.recommend(users, bought[users], N=n, filter_already_liked_items=False)
seconds = time.perf_counter() - begun
new, _ = model.recommend(users, bought[users], N=n, filter_already_liked_items=True)
np.savez(f"{folder}/told.npz", every=every, new=new, seconds=seconds)
"""
Lists = npt.NDArray[np.int64]


def recommend_als(
    bought: csr_matrix, users: npt.NDArray[np.int64], n: int
) -> tuple[Lists, Lists, float] | None:
    """Give *n* products for each of *users*, all and new ones, and seconds of fit and the former.

    The seconds begin after reading and a warm-up.  None if implicit does not
    install.
    """
    if not make_environment():
        return None
    with TemporaryDirectory() as folder:
        save_npz(f"{folder}/bought.npz", bought)
        np.save(f"{folder}/users.npy", users)
        run = [ENVIRONMENT / "bin" / "python", "-W", "ignore", "-c", SCRIPT, folder, str(n)]
        subprocess.run(run, check=True, env={"OPENBLAS_NUM_THREADS": "1"})
        told = np.load(f"{folder}/told.npz")
        return told["every"].astype(int), told["new"].astype(int), float(told["seconds"])


def make_environment() -> bool:
    """Install implicit if that was not done; say whether it is there."""
    done = ENVIRONMENT / "requirements.txt"
    if done.exists():
        return True
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "--quiet"]
    if subprocess.run([*pip, *REQUIREMENTS], check=False, stdout=sys.stderr).returncode:
        return False
    done.write_text("\n".join(REQUIREMENTS), encoding="utf-8")
    return True
