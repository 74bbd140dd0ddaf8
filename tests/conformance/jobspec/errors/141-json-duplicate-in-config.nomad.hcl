{"job": {"x": {"group": {"g": {"task": {"t": {"config": {
  "a": 1,
  "a": 2
}}}}}}}}
