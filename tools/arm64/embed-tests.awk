# Turns a file of Swift Testing suites into plain functions and a program that calls them: #expect becomes
# expect, @Test functions are called at the end, once for each of their arguments.

function balanced(text,   copy) {
  copy = text
  return gsub(/\(/, "", copy) == gsub(/\)/, "", copy)
}

/^import Testing$/ { next }

{ sub(/@Suite /, ""); gsub(/#expect\(/, "expect("); sub(/ throws \{$/, " throws(EngineError) {") }

/^@?(final )?(struct|class) [A-Za-z]+Tests/ { suite = $0; sub(/^.*(struct|class) /, "", suite); sub(/[^A-Za-z].*/, "", suite) }

gathering {
  arguments = arguments " " $0
  if (balanced(arguments)) gathering = 0
  next
}

/@Test\(/ {
  arguments = $0
  sub(/^ */, "", arguments)
  if (arguments !~ /^@Test\(arguments:/) { print "error: " FILENAME ":" FNR ": only @Test(arguments:) is understood" > "/dev/stderr"; exit 1 }
  gathering = !balanced(arguments)
  next
}

/ func / && (arguments != "" || /@Test func /) {
  name = $0
  sub(/^.* func /, "", name)
  sub(/\(.*/, "", name)
  if (arguments == "") {
    calls = calls "      try " suite "()." name "()\n"
  } else {
    sub(/^@Test\(arguments: */, "", arguments)
    sub(/\) *$/, "", arguments)
    calls = calls "      for argument in " arguments " { try " suite "()." name "(argument) }\n"
    arguments = ""
  }
  sub(/@Test /, "")
}

{ print }

END {
  print "\n@main enum Program {\n  static func main() {\n    do throws(EngineError) {"
  printf "%s", calls
  print "    } catch {\n      expect(false, \"\\(error.what): \\(error.why)\")\n    }"
  print "    Tally.finish(usable.count)\n  }\n}"
}
