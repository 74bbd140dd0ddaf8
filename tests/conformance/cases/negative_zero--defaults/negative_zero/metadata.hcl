app {
 url=""
}
pack {
 name="negative_zero"
 version="1"
}
