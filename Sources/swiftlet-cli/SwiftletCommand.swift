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

  private static func verbs(of command: any ParsableCommand.Type) -> [String:
    any ParsableCommand.Type]
  {
    var verbs: [String: any ParsableCommand.Type] = [:]
    for verb in command.configuration.subcommands {
      if let name = verb.configuration.commandName { verbs[name] = verb }
    }
    return verbs
  }

  /// The first of the words behind `help` that names no verb, nor a verb of the one before it.
  private static func unknownVerb(_ words: ArraySlice<String>) -> String? {
    var command: any ParsableCommand.Type = self
    for word in words where !word.hasPrefix("-") && word != "help" {
      guard let verb = verbs(of: command)[word] else { return word }
      command = verb
    }
    return nil
  }

  private static func leave(with error: any Error) -> Never {
    if let status = error as? ExitCode { Console.leave(status.rawValue) }
    let words = CommandLine.arguments.dropFirst()
    switch exitCode(for: error) {
    case .success:
      if words.first == "help", let word = unknownVerb(words.dropFirst()) {
        Console.complain("command line: there is no verb '\(word)'; see swiftlet --help")
        Console.leave(ExitStatus.usage.rawValue)
      }
      // Help or the version was asked for.
      print(message(for: error))
      Console.leave(ExitStatus.success.rawValue)
    case .validationFailure:
      let message = message(for: error)
      let verb = verbs(of: self).keys.first { $0 == words.first }
      Console.complain(
        "command line: \(message.isEmpty ? "it is incomplete" : message); "
          + "see swiftlet \(verb.map { $0 + " " } ?? "")--help")
      Console.leave(ExitStatus.usage.rawValue)
    default:
      Console.complain(
        ExitStatus.isOwn(error) ? "\(error)" : "unexpected error: \(error); report it")
      Console.leave(ExitStatus(error).rawValue)
    }
  }
}
