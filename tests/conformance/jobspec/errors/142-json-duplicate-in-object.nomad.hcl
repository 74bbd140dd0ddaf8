{"job": {"x": {"group": {"g": {"task": {"t": {"config": {"a": {
  "b": 1,
  "b": 2
}}}}}}}}}
