import NIOPosix
import SwiftletImage
import SwiftletServer
import SwiftletSkills
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Gives a fixed picture for every photo, and can be held back.
final class FakeProcessor: HeldProcessor {
  private struct State {
    var isHeld = false
    var seen: [PhotoOptions] = []
    var inProgress = 0
    var checksOnLoop: [Bool] = []
  }

  static let picture: [UInt8] = Array("a picture".utf8)

  private let state = Mutex(State())
  private let warmUpFails: Bool

  init(isHeld: Bool = false, warmUpFails: Bool = false) {
    self.warmUpFails = warmUpFails
    state.withLock { $0.isHeld = isHeld }
  }

  /// What the photos processed so far asked for.
  var seen: [PhotoOptions] { state.withLock { $0.seen } }

  /// The photos that are being processed.
  var inProgress: Int { state.withLock { $0.inProgress } }

  /// For each check of options whether an event loop's thread did it.
  var checksOnLoop: [Bool] { state.withLock { $0.checksOnLoop } }

  /// Lets everything go on that is held back.
  func release() { state.withLock { $0.isHeld = false } }

  var profiles: [String] { ["amazon-main", "none"] }

  func warmUp() throws {
    waitWhileHeld()
    if warmUpFails {
      throw SkillError(
        .missingWeights, "weights/fake.nest", "they are meant to be missing", "go on")
    }
  }

  func check(_ options: PhotoOptions) throws {
    let isOnLoop = MultiThreadedEventLoopGroup.currentEventLoop != nil
    state.withLock { $0.checksOnLoop.append(isOnLoop) }
    if options.profile == "refused" {
      throw SkillError(.unknownProfile, "profile 'refused'", "there is none", "use one")
    }
  }

  func hold() { state.withLock { $0.isHeld = true } }

  func process(_ photo: [UInt8], options: PhotoOptions) throws -> ProcessedPhoto {
    state.withLock {
      $0.seen.append(options)
      $0.inProgress += 1
    }
    defer { state.withLock { $0.inProgress -= 1 } }
    waitWhileHeld()
    let pixels = try ImageDecoder.decode(photo).pixels
    switch options.profile {
    case "none":
      return ProcessedPhoto(
        status: "no_foreground", picture: nil, report: ["status": "no_foreground"])
    case "small":
      return ProcessedPhoto(
        status: "fail", picture: nil, report: ["status": "fail"],
        stages: [.init(name: "stop", milliseconds: 0)])
    case "broken": throw BrokenPipeline()
    case "broken-once":
      let isFirst = state.withLock { $0.seen.filter { $0.profile == "broken-once" }.count == 1 }
      if isFirst { throw BrokenPipeline() }
      return ProcessedPhoto(
        status: "warn",
        picture: .init(bytes: Self.picture, mediaType: "image/jpeg", width: 1, height: 1),
        report: ["status": "warn"])
    case "doubtful":
      return ProcessedPhoto(
        status: "needs_review",
        picture: .init(bytes: Self.picture, mediaType: "image/png", width: 1, height: 1),
        report: [
          "status": "needs_review", "tags": ["tags": ["mug"], "alt_text": "a mug"],
          "qa": ["findings": [["rule": "product.uncertain"]]],
        ])
    case "unknown":
      throw SkillError(.unknownProfile, "profile 'unknown'", "there is none", "use one")
    default:
      return ProcessedPhoto(
        status: "ok",
        picture: .init(
          bytes: Self.picture, mediaType: "image/png", width: pixels.width, height: pixels.height),
        foreground: options.product == .listing
          ? nil : .init(left: 0, top: 0, width: 2, height: 1),
        report: [
          "status": "ok", "width": .integer(pixels.width), "height": .integer(pixels.height),
          "tags": [:], "qa": [:],
        ],
        stages: [
          .init(name: "decode", milliseconds: 1.25), .init(name: "refine", milliseconds: 2),
          .init(name: "quality", milliseconds: 3), .init(name: "compose", milliseconds: 4),
          .init(name: "verify", milliseconds: 5),
        ])
    }
  }

  private func waitWhileHeld() {
    while state.withLock({ $0.isHeld }) { usleep(2000) }
  }
}

struct BrokenPipeline: Error {}
