{"job": {"x": {"group": [
]}}}
