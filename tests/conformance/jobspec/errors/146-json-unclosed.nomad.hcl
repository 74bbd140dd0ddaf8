{"job": {"x": {
  "region": "a"
