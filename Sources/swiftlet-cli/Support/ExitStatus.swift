import SwiftletImage
import SwiftletONNX
import SwiftletServer
import SwiftletSkills

import Swiftlet

/// What the exit code of the program says.
enum ExitStatus: Int32 {
  /// Everything went well.
  case success = 0
  /// Some items failed.
  case itemsFailed = 1
  /// The command line is wrong.
  case usage = 2
  /// Quality assurance rejects the photo, under `--strict`.
  case rejected = 3
  /// A file, the CPU or the memory is not as needed.
  case environment = 4

  /// The status for an error of the libraries, by its code.
  init(code: String) {
    switch code {
    case "unknown_name", "unknown_profile", "invalid_argument", "input_shape": self = .usage
    case "file_access", "file_not_found", "failed_to_read_file", "failed_to_write_file",
      "missing_weights", "unsuitable_model", "invalid_model_file", "invalid_configuration",
      "invalid_setting", "out_of_memory", "cannot_listen":
      self = .environment
    default: self = .itemsFailed
    }
  }

  /// Whether an error's description says what, why and what to do.
  static func isOwn(_ error: any Error) -> Bool {
    error is CommandFailure || error is EngineError || error is ONNXError || error is ImageError
      || error is SkillError || error is ServerError
  }

  /// Whether an error is one photo's: another photo may go well.
  static func isOfPhoto(_ error: any Error) -> Bool {
    switch error {
    case let error as ImageError: ExitStatus(error) != .usage
    case let error as SkillError:
      ExitStatus(error) == .itemsFailed || error.code.rawValue == "file_not_found"
        || error.code.rawValue == "failed_to_read_file"
    default: false
    }
  }

  /// The status for any error.
  init(_ error: any Error) {
    switch error {
    case let error as CommandFailure: self = error.status
    case let error as EngineError: self.init(code: error.code.rawValue)
    case let error as ONNXError: self.init(code: error.code.rawValue)
    case let error as ImageError: self.init(code: error.code.rawValue)
    case let error as SkillError: self.init(code: error.code.rawValue)
    case let error as ServerError: self.init(code: error.code)
    default: self = .environment
    }
  }
}

/// An error of a verb itself.
struct CommandFailure: Error, CustomStringConvertible {
  /// The exit status it leads to.
  let status: ExitStatus
  /// The option, file or value concerned.
  let what: String
  /// The reason.
  let why: String
  /// What would mend it.
  let remedy: String

  init(_ status: ExitStatus, _ what: String, _ why: String, _ remedy: String) {
    self.status = status
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// `<what>: <why>; <what to do>`.
  var description: String { "\(what): \(why); \(remedy)" }

  /// A wrong option or argument.
  static func usage(_ what: String, _ why: String, _ remedy: String) -> CommandFailure {
    CommandFailure(.usage, what, why, remedy)
  }

  /// A folder of photos that has none.
  static func noPhotos(in folder: String) -> CommandFailure {
    CommandFailure(
      .environment, folder, "it holds no photos", "name a folder with .jpg or .png files")
  }
}
