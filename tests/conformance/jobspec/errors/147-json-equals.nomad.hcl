{"job": {"x": {
  "region" = "a"
}}}
