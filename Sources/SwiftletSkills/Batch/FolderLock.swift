#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a second run out of a folder of pictures; the system lets go of it when the process ends.
struct FolderLock: Sendable {
  private let file: Int32

  /// Locks a folder; nil where the wait was ended. Where its file system knows no locks, it is not
  /// locked.
  ///
  /// - Parameters:
  ///   - waits: whether to wait while another run has it, until `shouldStop`.
  /// - Throws: `SkillError` where another run has it.
  init?(_ folder: String, waits: Bool, shouldStop: () -> Bool) throws(SkillError) {
    file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    while file >= 0, flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      if waits, !shouldStop() {
        usleep(100_000)
        continue
      }
      close(file)
      if waits { return nil }
      throw SkillError(
        .fileAccess, folder, "another run is at work in it",
        "wait for its end, or name another folder")
    }
  }

  /// Unlocks the folder, also where a process that is being started still has the file open.
  func release() {
    guard file >= 0 else { return }
    flock(file, LOCK_UN)
    close(file)
  }
}
