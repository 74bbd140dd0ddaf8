{"job": {"x": {
  "region": "a\q"
}}}
