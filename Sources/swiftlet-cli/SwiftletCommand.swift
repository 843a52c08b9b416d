import ArgumentParser
import SwiftletSkills

/// The program: its verbs, and how their errors leave it.
@main
struct SwiftletCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftlet",
    abstract: "Neural inference on the CPU, and product photos made ready for marketplaces.",
    discussion: """
      Results go to standard output, notes and progress to standard error; --json gives results for machines.
      Exit codes: 0 success, 1 some items failed, 2 usage, 3 rejected under --strict, 4 environment.
      """,
    version: "0.1.0",
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(
        name: "Photo",
        subcommands: [
          ProcessCommand.self, SegmentCommand.self, QualityCommand.self, TagCommand.self,
          BatchCommand.self, WatchCommand.self, ServeCommand.self, ProfilesCommand.self,
        ]),
      CommandGroup(
        name: "Model",
        subcommands: [
          ConvertCommand.self, InspectCommand.self, RunCommand.self, DiffCommand.self,
          BenchCommand.self, ProfileCommand.self, EvaluateCommand.self,
        ]),
      CommandGroup(
        name: "As in rembg",
        subcommands: [
          RembgImageCommand.self, RembgFolderCommand.self, RembgServerCommand.self,
        ]),
      CommandGroup(name: "Machine", subcommands: [KernelsCommand.self, DoctorCommand.self]),
    ])

  /// Runs the verb that the command line names and leaves with its exit code.
  static func main() async {
    Heap.keepFreedMemory()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      leave(with: error)
    }
  }

  private typealias Verb = any ParsableCommand.Type

  private static func verbs(of command: Verb) -> [String: Verb] {
    var verbs: [String: Verb] = [:]
    for verb in command.configuration.subcommands {
      if let name = verb.configuration.commandName { verbs[name] = verb }
    }
    return verbs
  }

  /// What to say of the first word that stands for a verb and is none; nil where every one is. What comes
  /// behind an option may be its value.
  private static func unknownVerb(_ words: [String]) -> String? {
    var (command, path): (Verb, [String]) = (self, ["swiftlet"])
    for word in words.prefix(while: { !$0.hasPrefix("-") }) where word != "help" {
      let verbs = verbs(of: command)
      guard !verbs.isEmpty else { return nil }
      guard let verb = verbs[word] else {
        let similar = verbs.keys.sorted().first { $0.isSlip(of: word) }
        return "there is no verb '\(word)'"
          + (similar.map { ", perhaps '\($0)' is meant" } ?? "")
          + "; see \((path + ["--help"]).joined(separator: " "))"
      }
      command = verb
      path.append(word)
    }
    return nil
  }

  private static func leave(with error: any Error) -> Never {
    if let status = error as? ExitCode { Console.leave(status.rawValue) }
    let words = Array(CommandLine.arguments.dropFirst())
    switch exitCode(for: error) {
    case .success:
      if let reason = unknownVerb(words) {
        Console.complain("command line: \(reason)")
        Console.leave(ExitStatus.usage.rawValue)
      }
      // Help or the version was asked for.
      print(message(for: error))
      Console.leave(ExitStatus.success.rawValue)
    case .validationFailure:
      let message = message(for: error)
      let verb = words.first.flatMap { verbs(of: self)[$0] == nil ? nil : $0 }
      Console.complain(
        "command line: "
          + (unknownVerb(words)
            ?? "\(message.isEmpty ? "it is incomplete" : message); "
            + "see swiftlet \(verb.map { $0 + " " } ?? "")--help"))
      Console.leave(ExitStatus.usage.rawValue)
    default:
      Console.complain(
        ExitStatus.isOwn(error) ? "\(error)" : "unexpected error: \(error); report it")
      Console.leave(ExitStatus(error).rawValue)
    }
  }
}

extension String {
  /// Whether one letter left out, put in, replaced or exchanged with the next makes one word of the other.
  /// Words of one or two letters are no slips of each other.
  fileprivate func isSlip(of other: String) -> Bool {
    guard count > 2, other.count > 2 else { return false }
    let (a, b) = (Array(self), Array(other))
    let same = zip(a, b).prefix { $0 == $1 }.count
    let (c, d) = (a[same...], b[same...])
    return c.dropFirst() == d.dropFirst() || c.dropFirst() == d || c == d.dropFirst()
      || c.dropFirst(2) == d.dropFirst(2) && c.prefix(2).reversed() == Array(d.prefix(2))
  }
}
