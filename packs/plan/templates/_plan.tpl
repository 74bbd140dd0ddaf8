[[- define "plan_script" -]]
template {
  destination = "local/plan.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Fetch the commit as a build does, and leave its build file for the service.
set -u
. /local/source.sh

build_file=$(input build_file)
path=$GIT_WORK_TREE/$build_file
size_limit=65536

[ -e "$path" ] || [ -h "$path" ] ||
  fail build_file_invalid 1 "the commit has no file $build_file (looked from the root of the repository): add one, or say in the request where to publish to"
# This task can read Git's credentials. A link could make them the build file, which is shown to whoever asks.
case $(readlink -f "$path") in
  "$(readlink -f "$GIT_WORK_TREE")"/*) ;;
  *) fail build_file_invalid 1 "$build_file is a link that leads out of the repository" ;;
esac
[ -f "$path" ] || fail build_file_invalid 1 "$build_file is not a file"
size=$(wc -c <"$path")
[ "$size" -le "$size_limit" ] ||
  fail build_file_invalid 1 "$build_file has $size bytes; a build file has at most $size_limit"
cp "$path" "$results/build_file" || fail internal 1 "the build file cannot be kept in the allocation's folder"
say "read $build_file"
# Nobody needs the other files of the commit: a build fetches them on the node where it runs.
rm -rf "$GIT_WORK_TREE"
SCRIPT
}
[[- end -]]
