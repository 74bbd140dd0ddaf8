{"job": {"x": {
  "priority": 050
}}}
