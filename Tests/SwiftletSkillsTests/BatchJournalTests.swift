import SwiftletImage
import SwiftletSkills
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What runs into one folder know of each other.
@Suite struct BatchJournalTests {
  @Test func picturesOfOtherOptionsAreNotTakenForTheOnesAskedFor() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    try folders.write("b.png", Pictures.product(90, 70))
    _ = try folders.run(nil)
    let files = ["a.jpg", "b.jpg", BatchFolders.journalName]
    let before = try files.map(folders.read)
    let other = try folders.batch {
      $0.process.background = .color(red: 1, green: 0, blue: 0)
    }
    let items = try other.items()
    for refused in [{ _ = try other.run(items) }, { _ = try other.steps(items) }] {
      #expect { try refused() } throws: { "\($0)".contains("2 pictures made") }
    }
    // Nothing was written, and what was made before is known still.
    #expect(try files.map(folders.read) == before)
    let again = try folders.run(nil)
    #expect(again.resumedCount == 2 && again.entries.allSatisfy { $0.verdict != nil })
    // Pictures of several options may lie side by side, and each run knows its own.
    #expect(try folders.run(1, .rename).entries.map(\.target) == ["a-1.jpg", "b-1.jpg"])
    #expect(try folders.run(1).entries.map(\.target) == ["a-1.jpg", "b-1.jpg"])
    #expect(try folders.run(1).resumedCount == 2)
    #expect(try folders.run(nil).entries.map(\.target) == ["a.jpg", "b.jpg"])
    #expect(try folders.run(nil).resumedCount == 2)
    // What was replaced is no outcome any more.
    #expect(try folders.run(2, .overwrite).entries.map(\.status) == [.written, .written])
    #expect { try folders.run(nil) } throws: { "\($0)".contains("other options") }
    #expect(try folders.run(1).resumedCount == 2)
    // A photo without a picture is nobody's, and a new one is made.
    for name in ["a.jpg", "b.jpg"] { unlink("\(folders.output)/\(name)") }
    #expect(try folders.run(nil).entries.map(\.status) == [.written, .written])
    #expect(try folders.run(nil, .overwrite).resumedCount == 0)
  }

  @Test func aSecondFolderOfPhotosMayHaveOtherOptions() throws {
    let (folders, others) = (try BatchFolders(), try BatchFolders())
    try folders.write("a.png", Pictures.product(80, 70))
    try others.write("b.png", Pictures.product(90, 70))
    let first = try folders.batch()
    var options = Batch.Options(process: ProcessOptions(wantsTags: false))
    options.process.background = .color(red: 1, green: 2, blue: 3)
    let second = try Batch(
      others.pipeline, input: others.input, output: folders.output, options: options)
    for round in 0..<2 {
      for batch in [first, second] {
        let report = try batch.run(try batch.items())
        #expect(report.entries.map(\.status) == [.written])
        #expect(report.resumedCount == round)
      }
    }
    // A picture of nobody's stays, and nothing is said of it.
    try writeAtomically([7], to: folders.output + "/c.jpg")
    try others.write("c.png", Pictures.product(90, 70))
    let third = try second.run(try second.items())
    #expect(third.entries.map(\.status) == [.written, .skipped] && third.resumedCount == 1)
    #expect(third.entries[1].verdict == nil)
    #expect(TagExport.google.text(of: third).split(separator: "\n").count == 2)
    #expect(TagExport.google.leftOut(of: third).map(\.source) == ["c.png"])
  }

  @Test func optionsThatComeToTheSameAreTheSame() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    func run(_ change: (inout ProcessOptions) -> Void) throws -> BatchReport {
      let batch = try folders.batch { change(&$0.process) }
      return try batch.run(try batch.items())
    }
    #expect(try run { _ in }.resumedCount == 0)
    let first = try folders.read("a.jpg")
    #expect(
      try run {
        $0.format = .jpeg
        $0.background = .white
        $0.shadow = ShadowStyle.none
      }.resumedCount == 1)
    // Tags that are missing are found; those that nobody asked for do no harm.
    let tagged = try run { $0.wantsTags = true }
    #expect(tagged.resumedCount == 0 && tagged.entries[0].result?["tags"] != nil)
    #expect(try folders.read("a.jpg") == first)
    #expect(try run { $0.wantsTags = true }.resumedCount == 1)
    #expect(try run { _ in }.resumedCount == 1)
    #expect { try run { $0.jpegQuality = 31 } } throws: { "\($0)".contains("other options") }
  }

  @Test func aRunKilledBetweenPictureAndOutcomeIsMended() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil)
    let first = try folders.read("b.jpg")
    _ = try folders.run(1, .overwrite)
    let second = try folders.read("b.jpg")
    // b.jpg is in its place, its outcome is not on record.
    try folders.journal { lines in
      let last = lines.lastIndex { $0.contains("\"b.png\"") && !$0.contains("claim") }
      lines.removeSubrange((last ?? 0)...)
    }
    #expect(first != second)
    #expect { try folders.run(nil) } throws: { "\($0)".contains("2 pictures") }
    let mended = try folders.run(1)
    #expect(mended.resumedCount == 1 && mended.entries.allSatisfy { $0.verdict != nil })
    #expect(try folders.read("b.jpg") == second)
    #expect(try folders.run(1).resumedCount == 2)
  }

  @Test func aPictureReplacedByHandStaysAndIsNotJudged() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try folders.run(nil)
    try writeAtomically([1, 2, 3], to: folders.output + "/a.jpg")
    let again = try folders.run(nil).entries
    #expect(again[0].status == .skipped && again[0].verdict == nil)
    #expect(try folders.read("a.jpg") == [1, 2, 3])
  }

  @Test func aTornOrForeignJournalIsNoHindrance() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil, begun: 1)
    let path = folders.output + "/" + BatchFolders.journalName
    try writeAtomically(
      try folders.read(BatchFolders.journalName) + Array("{\"options\":\"x\",\"fi".utf8), to: path)
    #expect(try folders.run(nil).resumedCount == 1)
    #expect(try folders.run(nil).resumedCount == 2)
    try folders.journal { $0[0] = "{\"schema\":\"swiftlet.batch.journal/1\",\"options\":\"x\"}" }
    #expect(try folders.run(1).entries.map(\.status) == [.skipped, .skipped])
  }

  @Test func theJournalDoesNotGrowWithRuns() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    for _ in 0..<8 { _ = try folders.run(nil, .overwrite) }
    var count = 0
    try folders.journal { count = $0.count }
    #expect(count <= 8, "\(count)")
    #expect(try folders.run(nil).resumedCount == 1)
  }

  @Test func picturesKeepTheirOwnersWhenTheJournalIsTidied() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try folders.run(nil)
    _ = try folders.run(nil, .rename)
    for _ in 0..<8 { _ = try folders.run(nil, .overwrite) }
    // a-1.jpg is of the second run alone, and still not of other options.
    #expect { try folders.run(1) } throws: { "\($0)".contains("other options") }
    var targets: Set<String> = []
    try folders.journal { lines in
      targets = Set(lines.compactMap { JSONValue(parsing: String($0))?["output"]?.text })
    }
    #expect(targets == ["a-1.jpg", "a.jpg"])
  }

  @Test func aPictureThatCouldNotBeReplacedStaysWhoseItWas() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try folders.run(nil)
    // As a run of other options leaves it that claims the picture and cannot write it.
    var lines: [Substring] = []
    try folders.journal { lines = $0 }
    let other = try folders.run(1, .rename)
    #expect(other.entries[0].target == "a-1.jpg")
    var options = ""
    try folders.journal { all in
      options = all.last.flatMap { JSONValue(parsing: String($0))?["options"]?.text } ?? ""
      all = lines
      all.append(
        "{\"options\":\"\(options)\",\"file\":\"a.png\",\"output\":\"a.jpg\",\"claim\":true}")
    }
    unlink(folders.output + "/a-1.jpg")
    #expect { try folders.run(1) } throws: { "\($0)".contains("other options") }
    #expect(try folders.run(nil).resumedCount == 1)
  }

  @Test(arguments: [Batch.OnExists.overwrite, .rename])
  func aKilledRunIsMendedByTheSameCommand(_ action: Batch.OnExists) throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil)
    let targets = try folders.run(1, action).entries.map(\.target)
    try folders.journal { lines in
      let last = lines.lastIndex { $0.contains("\"b.png\"") && !$0.contains("claim") }
      lines.removeSubrange((last ?? 0)...)
    }
    let mended = try folders.run(1, action)
    #expect(mended.entries.map(\.target) == targets && mended.resumedCount == 1)
  }

  @Test func aRunWithoutItsJournalEnds() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png", "c.png"] { try folders.write(name, Pictures.product(80, 70)) }
    let batch = try folders.batch()
    let path = folders.output + "/" + BatchFolders.journalName
    let counter = Counter()
    // From the second photo on the journal is a folder, to which no line can be added.
    #expect {
      try batch.run(
        try batch.items(),
        shouldStop: {
          if counter.next() == 2 {
            unlink(path)
            mkdir(path, 0o755)
          }
          return false
        })
    } throws: { "\($0)".contains("cannot write") }
    #expect(access(folders.output + "/c.jpg", F_OK) != 0)
  }

  @Test func aChangedPhotoKeepsItsPictureAlsoWhereTagsAreMissing() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try folders.run(nil)
    let before = try folders.read("a.jpg")
    try folders.write("a.png", Pictures.product(100, 70))
    let batch = try folders.batch { $0.process.wantsTags = true }
    #expect(try batch.run(try batch.items()).entries.map(\.status) == [.skipped])
    #expect(try folders.read("a.jpg") == before)
  }

  @Test func twoRunsDoNotWorkInOneFolder() throws {
    let folders = try BatchFolders()
    try folders.write("a.png", Pictures.product(80, 70))
    mkdir(folders.output, 0o755)
    let other = open(folders.output, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try #require(other >= 0 && flock(other, LOCK_EX | LOCK_NB) == 0)
    #expect { try folders.run(nil) } throws: { "\($0)".contains("another run") }
    // A watch waits, and ends its wait where it is stopped.
    let watch = try folders.batch { $0.renewsChanged = true }
    let counter = Counter()
    let ended = try watch.run(try watch.items(), shouldStop: { counter.next() > 2 })
    #expect(ended.entries.isEmpty && !ended.isComplete && counter.next() == 4)
    // Unlocked, and not only closed: a program that another test starts may have the file for a moment.
    flock(other, LOCK_UN)
    close(other)
    #expect(try folders.run(nil).entries.map(\.status) == [.written])
  }

  @Test func earlierVerdictsOutliveAnInterruptedRun() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil)
    for begun in [0, 1] {
      #expect(try !folders.run(nil, .overwrite, begun: begun).isComplete)
      #expect(try folders.run(nil).resumedCount == 2)
    }
    // A run of other options in between does not make an old one unfinished.
    _ = try folders.run(1, .overwrite)
    #expect(try folders.run(nil, .overwrite).resumedCount == 0)
  }

  @Test func photosThatFailedAreTriedAgainAmongNumberedPictures() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil)
    try writeAtomically([1, 2, 3], to: folders.input + "/b.png")
    #expect(try folders.run(1, .rename).entries.map(\.status) == [.written, .failed])
    try folders.write("b.png", Pictures.product(90, 70))
    let mended = try folders.run(1, .rename)
    #expect(mended.entries.map(\.target) == ["a-1.jpg", "b-1.jpg"] && mended.resumedCount == 1)
    // A photo that changed keeps its own picture, not that of other options.
    try folders.write("a.png", Pictures.product(100, 70))
    let kept = try folders.run(1).entries
    #expect(kept.map(\.target) == ["a-1.jpg", "b-1.jpg"] && kept[0].status == .skipped)
    #expect(kept.map(\.hasChanged) == [true, false])
    // A shop knows a product by its photo, whatever number its picture got.
    let feed = TagExport.shopify.text(of: mended).split(separator: "\r\n")
    #expect(feed.dropFirst().map { $0.split(separator: ",")[0] } == ["a", "b"], "\(feed)")
  }

  @Test func aWatchRenewsWhatChangedAndLeavesTheRest() throws {
    let folders = try BatchFolders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try folders.run(nil)
    let before = try folders.read("b.jpg")
    let batch = try folders.batch {
      $0.renewsChanged = true
      $0.process.background = .color(red: 1, green: 0, blue: 0)
    }
    try folders.write("a.png", Pictures.product(100, 70))
    let report = try batch.run(try batch.items())
    #expect(report.entries.map(\.status) == [.written, .skipped])
    #expect(report.entries.map(\.target) == ["a.jpg", "b.jpg"])
    #expect(try ImageDecoder.decode(try folders.read("a.jpg")).pixels.width == 100)
    #expect(try folders.read("b.jpg") == before)
  }

  @Test func aStoppedRunGoesOn() throws {
    let folders = try BatchFolders()
    for index in 0..<6 {
      try folders.write("\(index).png", Pictures.product(100 + index, 90))
    }
    for action in [Batch.OnExists.skip, .overwrite] {
      let batch = try folders.batch { $0.onExists = action }
      let begun = Counter()
      let first = try batch.run(try batch.items(), shouldStop: { begun.next() > 3 })
      #expect(first.entries.count == 3 && !first.isComplete)
      let second = try batch.run(try batch.items())
      #expect(second.isComplete && second.entries.count { $0.isResumed } == 3)
      #expect(second.entries.allSatisfy { $0.status == .written && $0.verdict != nil })
      for index in 0..<6 {
        let picture = try ImageDecoder.decode(try folders.read("\(index).jpg")).pixels
        #expect(picture.width == 100 + index)
      }
      for index in 0..<6 { unlink("\(folders.output)/\(index).jpg") }
      unlink(folders.output + "/" + BatchFolders.journalName)
    }
  }

  @Test func aPictureOfAnotherPhotoIsNeitherTakenNorReplaced() throws {
    for action in [Batch.OnExists.skip, .overwrite] {
      let folders = try BatchFolders()
      func run(_ color: BackgroundStyle? = nil) throws -> BatchReport {
        let batch = try folders.batch {
          $0.onExists = action
          $0.process.background = color
        }
        return try batch.run(try batch.items())
      }
      try folders.write("a.png", Pictures.product(80, 70))
      #expect(try run().entries.map(\.target) == ["a.jpg"])
      let first = try folders.read("a.jpg")
      try folders.write("a.jpg", Pictures.product(140, 70))
      let second = try run().entries
      #expect(second.map(\.source) == ["a.jpg", "a.png"])
      #expect(second[0].status == .written && second[0].target == "a.jpg.jpg", "\(second)")
      #expect(try folders.read("a.jpg") == first)
      #expect(try ImageDecoder.decode(try folders.read("a.jpg.jpg")).pixels.width == 140)
      // Other wishes do not forget whose picture is whose.
      let other = BackgroundStyle.color(red: 1, green: 2, blue: 3)
      if action == .skip {
        #expect { try run(other) } throws: { "\($0)".contains("a.jpg.jpg") }
      } else {
        #expect(try run(other).entries.map(\.target) == ["a.jpg.jpg", "a.png.jpg"])
      }
      #expect(try folders.read("a.jpg") == first)
    }
  }
}
