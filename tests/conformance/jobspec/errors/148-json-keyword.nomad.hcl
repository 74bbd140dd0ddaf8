{"job": {"x": {
  "all_at_once": True
}}}
