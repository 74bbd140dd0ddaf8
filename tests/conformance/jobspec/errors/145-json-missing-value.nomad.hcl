{"job": {"x": {
  "region": }}}
