{"job": {"x": {
  "dynamic": {}
}}}
