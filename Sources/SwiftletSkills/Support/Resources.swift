/// Where the weights and the configuration lie.
///
/// The first of these that applies: the folder given explicitly, `SWIFTLET_HOME`, the folder of the
/// program, its `../share/swiftlet`, up to five of its parents that hold both `weights` and
/// `configs`, the current folder. A folder named explicitly or by the environment must exist; a
/// folder found must hold `weights` or `configs`.
public struct Resources: Sendable, Equatable {
  /// The folder that holds `weights` and `configs`; nil where none was found. Configuration has
  /// built-in defaults, weights have not.
  public let home: String?

  /// The resources in a known folder, or none.
  public init(home: String?) { self.home = home }

  /// Looks for the resources.
  ///
  /// - Parameters:
  ///   - explicit: the folder of a command-line flag.
  ///   - environment: the value of `SWIFTLET_HOME`; by default that of the process.
  ///   - executable: the path of the program; by default that of the process.
  ///   - current: the current folder.
  /// - Throws: `SkillError` with code `fileAccess` if a folder that was named does not exist.
  public static func locate(
    explicit: String? = nil, environment: String? = nil, executable: String? = nil,
    current: String = "."
  ) throws(SkillError) -> Resources {
    if let explicit { return try named(explicit, by: "the option") }
    if let variable = environment ?? FileSystem.environment("SWIFTLET_HOME"), !variable.isEmpty {
      return try named(variable, by: "SWIFTLET_HOME")
    }
    for candidate in candidates(executable: executable ?? FileSystem.executablePath)
    where holds(candidate.path, all: candidate.needsBoth) {
      return Resources(home: candidate.path)
    }
    return Resources(home: holds(current, all: false) ? current : nil)
  }

  /// The path of a model of that name.
  ///
  /// - Throws: `SkillError` with code `missingWeights`, which says where it was looked for.
  public func weights(_ name: String) throws(SkillError) -> String {
    guard let home else {
      throw SkillError(
        .missingWeights, "weights/\(name)", "no folder with weights was found",
        "set SWIFTLET_HOME to the folder that holds 'weights' and 'configs'")
    }
    let path = "\(home)/weights/\(name)"
    guard FileSystem.exists(path) else {
      throw SkillError(
        .missingWeights, path, "the file does not exist or cannot be read",
        "put the model there, or set SWIFTLET_HOME to the folder that holds 'weights'")
    }
    return path
  }

  /// The path of a configuration file, nil where there is none.
  public func configuration(_ name: String) -> String? {
    guard let home else { return nil }
    let path = "\(home)/configs/\(name)"
    return FileSystem.exists(path) ? path : nil
  }

  /// The names of the profiles in `configs/profiles`, without extension, sorted.
  public var profileNames: [String] {
    guard let home, let names = FileSystem.names(in: "\(home)/configs/profiles") else { return [] }
    return names.filter { FileSystem.pathExtension($0) == "yaml" }.map(FileSystem.stem)
  }

  private static func named(_ path: String, by source: String) throws(SkillError) -> Resources {
    guard FileSystem.isDirectory(path) else {
      throw SkillError(
        .fileAccess, path, "\(source) names a folder that does not exist",
        "name the folder that holds 'weights' and 'configs'")
    }
    return Resources(home: path)
  }

  private static func candidates(executable: String?) -> [(path: String, needsBoth: Bool)] {
    guard let executable else { return [] }
    let directory = FileSystem.parent(of: executable)
    var found = [(directory, false), (FileSystem.parent(of: directory) + "/share/swiftlet", false)]
    var parent = directory
    for _ in 0..<5 where parent != "/" && parent != "." {
      parent = FileSystem.parent(of: parent)
      found.append((parent, true))
    }
    return found
  }

  private static func holds(_ path: String, all: Bool) -> Bool {
    let weights = FileSystem.isDirectory(path + "/weights")
    let configs = FileSystem.isDirectory(path + "/configs")
    return all ? weights && configs : weights || configs
  }
}
