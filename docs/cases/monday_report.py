# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # A Monday report
#
# A shop has two years of invoices and no customer table. Whom should it
# contact next month, with what, and how will it know whether that paid?

# %% [markdown]
# The data: Online Retail.

# %%
import os
from pathlib import Path

import pandas as pd

import cemkit as ck

DATA = Path(os.environ.get("CEMKIT_REFERENCE_DATA", "data"))
raw = pd.read_parquet(DATA / "online_retail.parquet")
raw.head(3)

# %%
print(len(raw))
audit = ck.audit_orders(ck.load_cdnow(), as_of="1998-06-30")
audit

# %%
raw["Quantity"].clip(-10, 10).plot.hist()
