import SwiftletImage
import SwiftletSkills
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct BatchTests {
  /// A folder of photos and a pipeline of the small networks; removed at the end.
  private final class Folders {
    let home: SmallHome
    let pipeline: ProductPipeline
    let input: String
    let output: String

    init() throws {
      home = try SmallHome()
      pipeline = try ProductPipeline(resources: Resources(home: home.path))
      input = home.path + "-in"
      output = home.path + "-out"
      for folder in [input, input + "/deep", input + "/.hidden"] { mkdir(folder, 0o755) }
    }

    func batch(_ change: (inout Batch.Options) -> Void = { _ in }) throws -> Batch {
      var options = Batch.Options(process: ProcessOptions(wantsTags: false))
      change(&options)
      return try Batch(pipeline, input: input, output: output, options: options)
    }

    func write(_ name: String, _ photo: PixelBuffer) throws {
      let bytes =
        name.hasSuffix("png")
        ? try ImageEncoder.png(photo) : try ImageEncoder.jpeg(photo, quality: 95)
      try writeAtomically(bytes, to: "\(input)/\(name)")
    }

    func read(_ name: String) throws -> [UInt8] {
      try readFile("\(output)/\(name)", maxBytes: 10_000_000)
    }

    deinit {
      for folder in [input, output] { Self.removeTree(folder) }
    }

    private static func removeTree(_ path: String) {
      if let folder = opendir(path) {
        while let entry = readdir(folder) {
          let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
          }
          if name != ".", name != ".." { removeTree("\(path)/\(name)") }
        }
        closedir(folder)
      }
      remove(path)
    }
  }

  @Test func collidingNamesNeverShareATarget() {
    let items = BatchItem.items(
      of: ["a.jpeg", "a.jpg", "a.png", "b.PNG", "B.jpg", "c/a.png", "noext"], .jpeg)
    #expect(
      items.map(\.target) == [
        "a.jpeg.jpg", "a.jpg", "a.png.jpg", "b.PNG.jpg", "B.jpg", "c/a.jpg", "noext.jpg",
      ])
    #expect(Set(items.map { $0.target.lowercased() }).count == items.count)
    let many = BatchItem.items(of: ["x.jpeg", "x.jpeg.jpg", "x.png", "x.JPG"], .jpeg)
    #expect(Set(many.map { $0.target.lowercased() }).count == 4)
  }

  @Test func aFolderBecomesAMirroredFolder() throws {
    let folders = try Folders()
    try folders.write("a.jpg", Pictures.product(200, 150))
    try folders.write("a.png", Pictures.product(160, 150, color: (150, 30, 30)))
    try folders.write("deep/b.png", Pictures.product(150, 220, color: (20, 90, 30)))
    try folders.write(".hidden/c.png", Pictures.product(90, 90))
    try folders.write("deep/empty.png", Pictures.make(90, 90) { _, _ in (240, 240, 240) })
    try writeAtomically([1, 2, 3], to: folders.input + "/bad.jpg")
    try writeAtomically([1, 2, 3], to: folders.input + "/notes.txt")
    let batch = try folders.batch { $0.jobs = 2 }
    let report = try batch.run(try batch.items())
    let status = report.entries.map { "\($0.source) \($0.status.rawValue)" }
    #expect(
      status == [
        "a.jpg written", "a.png written", "bad.jpg failed", "deep/b.png written",
        "deep/empty.png unwritten",
      ])
    #expect(report.isComplete && report.duplicates.isEmpty)
    #expect(report.entries[4].error?.contains("no product is found") == true)
    for (name, width) in [("a.jpg", 200), ("a.png.jpg", 160), ("deep/b.jpg", 150)] {
      #expect(try ImageDecoder.decode(try folders.read(name)).pixels.width == width)
    }
    for line in report.jsonLines.split(separator: "\n") {
      #expect(JSONValue(parsing: String(line))?["schema"]?.text == "swiftlet.batch.item/1")
    }
    let rows = report.csv.split(separator: "\r\n")
    #expect(rows.count == 6 && rows[0].hasPrefix("file,output,status,verdict"))
    let html = report.html()
    #expect(html.contains("data:image/jpeg;base64,") && !html.contains("http"))
    #expect(html.contains("deep/empty.png") && html.contains("no known image format"))
    #expect(report.entries[2].error?.contains("; ") == true)
  }

  @Test func aStoppedRunGoesOn() throws {
    let folders = try Folders()
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
      unlink("\(folders.output)/.swiftlet-batch.jsonl")
    }
  }

  @Test func whatExistsIsSkippedReplacedOrNumbered() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    mkdir(folders.output, 0o755)
    try writeAtomically([7], to: folders.output + "/a.jpg")
    func run(_ action: Batch.OnExists) throws -> BatchReport {
      let batch = try folders.batch { $0.onExists = action }
      return try batch.run(try batch.items())
    }
    #expect(try run(.skip).entries.map(\.status) == [.skipped])
    #expect(try folders.read("a.jpg") == [7])
    #expect(try run(.rename).entries.map(\.target) == ["a-1.jpg"])
    #expect(try folders.read("a.jpg") == [7])
    #expect(try run(.overwrite).entries.map(\.target) == ["a.jpg"])
    #expect(try folders.read("a.jpg").count > 100)
  }

  @Test func picturesOfOtherOptionsAreNotTakenForTheOnesAskedFor() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    try folders.write("b.png", Pictures.product(90, 70))
    func batch(_ color: UInt8?, _ action: Batch.OnExists = .skip) throws -> Batch {
      try folders.batch {
        $0.onExists = action
        $0.process.background = color.map { .color(red: $0, green: 0, blue: 0) }
      }
    }
    func run(_ color: UInt8?, _ action: Batch.OnExists = .skip) throws -> BatchReport {
      let batch = try batch(color, action)
      return try batch.run(try batch.items())
    }
    _ = try run(nil)
    let files = ["a.jpg", "b.jpg", ".swiftlet-batch.jsonl"]
    let before = try files.map(folders.read)
    let other = try batch(1)
    let items = try other.items()
    for refused in [{ _ = try other.run(items) }, { _ = try other.steps(items) }] {
      #expect { try refused() } throws: { "\($0)".contains("2 pictures made") }
    }
    // Nothing was written, and what was made before is known still.
    #expect(try files.map(folders.read) == before)
    let again = try run(nil)
    #expect(again.resumedCount == 2 && again.entries.allSatisfy { $0.verdict != nil })
    // Pictures of several options may lie side by side, and each run knows its own.
    #expect(try run(1, .rename).entries.map(\.target) == ["a-1.jpg", "b-1.jpg"])
    #expect(try run(1).entries.map(\.target) == ["a-1.jpg", "b-1.jpg"])
    #expect(try run(1).resumedCount == 2)
    #expect(try run(nil).entries.map(\.target) == ["a.jpg", "b.jpg"])
    #expect(try run(nil).resumedCount == 2)
    // What was replaced is no outcome any more.
    #expect(try run(2, .overwrite).entries.map(\.status) == [.written, .written])
    #expect(throws: SkillError.self) { try run(nil) }
    #expect(try run(1).resumedCount == 2)
    // A photo without a picture is nobody's, and a new one is made.
    for name in ["a.jpg", "b.jpg"] { unlink("\(folders.output)/\(name)") }
    #expect(try run(nil).entries.map(\.status) == [.written, .written])
    #expect(try run(nil, .overwrite).resumedCount == 0)
  }

  @Test func aSecondFolderOfPhotosMayHaveOtherOptions() throws {
    let (folders, others) = (try Folders(), try Folders())
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
    let folders = try Folders()
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

  /// A batch over blue, red or nothing, and what it needs to be killed in the middle.
  private func run(
    _ folders: Folders, _ color: UInt8?, _ action: Batch.OnExists = .skip, begun: Int = .max
  ) throws -> BatchReport {
    let batch = try folders.batch {
      $0.onExists = action
      $0.process.background = color.map { .color(red: $0, green: 0, blue: 0) }
    }
    let counter = Counter()
    return try batch.run(try batch.items(), shouldStop: { counter.next() > begun })
  }

  private func journal(_ folders: Folders, _ change: (inout [Substring]) -> Void) throws {
    let name = ".swiftlet-batch.jsonl"
    let text = String(decoding: try folders.read(name), as: UTF8.self)
    var lines = text.split(separator: "\n")
    change(&lines)
    let bytes = lines.map { $0 + "\n" }.joined().utf8
    try writeAtomically(Array(bytes), to: "\(folders.output)/\(name)")
  }

  @Test func aRunKilledBetweenPictureAndOutcomeIsMended() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil)
    let first = try folders.read("b.jpg")
    _ = try run(folders, 1, .overwrite)
    let second = try folders.read("b.jpg")
    // b.jpg is in its place, its outcome is not on record.
    try journal(folders) { lines in
      let last = lines.lastIndex { $0.contains("\"b.png\"") && !$0.contains("claim") }
      lines.removeSubrange((last ?? 0)...)
    }
    #expect(first != second)
    #expect { try self.run(folders, nil) } throws: { "\($0)".contains("2 pictures") }
    let mended = try run(folders, 1)
    #expect(mended.resumedCount == 1 && mended.entries.allSatisfy { $0.verdict != nil })
    #expect(try folders.read("b.jpg") == second)
    #expect(try run(folders, 1).resumedCount == 2)
  }

  @Test func aPictureReplacedByHandStaysAndIsNotJudged() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try run(folders, nil)
    try writeAtomically([1, 2, 3], to: folders.output + "/a.jpg")
    let again = try run(folders, nil).entries
    #expect(again[0].status == .skipped && again[0].verdict == nil)
    #expect(try folders.read("a.jpg") == [1, 2, 3])
  }

  @Test func aTornOrForeignJournalIsNoHindrance() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil, begun: 1)
    let path = folders.output + "/.swiftlet-batch.jsonl"
    try writeAtomically(
      try folders.read(".swiftlet-batch.jsonl") + Array("{\"options\":\"x\",\"fi".utf8), to: path)
    #expect(try run(folders, nil).resumedCount == 1)
    #expect(try run(folders, nil).resumedCount == 2)
    try journal(folders) { $0[0] = "{\"schema\":\"swiftlet.batch.journal/1\",\"options\":\"x\"}" }
    #expect(try run(folders, 1).entries.map(\.status) == [.skipped, .skipped])
  }

  @Test func theJournalDoesNotGrowWithRuns() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    for _ in 0..<8 { _ = try run(folders, nil, .overwrite) }
    var count = 0
    try journal(folders) { count = $0.count }
    #expect(count <= 8, "\(count)")
    #expect(try run(folders, nil).resumedCount == 1)
  }

  @Test func picturesKeepTheirOwnersWhenTheJournalIsTidied() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try run(folders, nil)
    _ = try run(folders, nil, .rename)
    for _ in 0..<8 { _ = try run(folders, nil, .overwrite) }
    // a-1.jpg is of the second run alone, and still not of other options.
    #expect { try self.run(folders, 1) } throws: { "\($0)".contains("other options") }
    var targets: Set<String> = []
    try journal(folders) { lines in
      targets = Set(lines.compactMap { JSONValue(parsing: String($0))?["output"]?.text })
    }
    #expect(targets == ["a-1.jpg", "a.jpg"])
  }

  @Test func aPictureThatCouldNotBeReplacedStaysWhoseItWas() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try run(folders, nil)
    // As a run of other options leaves it that claims the picture and cannot write it.
    var lines: [Substring] = []
    try journal(folders) { lines = $0 }
    let other = try run(folders, 1, .rename)
    #expect(other.entries[0].target == "a-1.jpg")
    var options = ""
    try journal(folders) { all in
      options = all.last.flatMap { JSONValue(parsing: String($0))?["options"]?.text } ?? ""
      all = lines
      all.append(
        "{\"options\":\"\(options)\",\"file\":\"a.png\",\"output\":\"a.jpg\",\"claim\":true}")
    }
    unlink(folders.output + "/a-1.jpg")
    #expect { try self.run(folders, 1) } throws: { "\($0)".contains("other options") }
    #expect(try run(folders, nil).resumedCount == 1)
  }

  @Test(arguments: [Batch.OnExists.overwrite, .rename])
  func aKilledRunIsMendedByTheSameCommand(_ action: Batch.OnExists) throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil)
    let targets = try run(folders, 1, action).entries.map(\.target)
    try journal(folders) { lines in
      let last = lines.lastIndex { $0.contains("\"b.png\"") && !$0.contains("claim") }
      lines.removeSubrange((last ?? 0)...)
    }
    let mended = try run(folders, 1, action)
    #expect(mended.entries.map(\.target) == targets && mended.resumedCount == 1)
  }

  @Test func aRunWithoutItsJournalEnds() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png", "c.png"] { try folders.write(name, Pictures.product(80, 70)) }
    let batch = try folders.batch()
    let path = folders.output + "/.swiftlet-batch.jsonl"
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
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    _ = try run(folders, nil)
    let before = try folders.read("a.jpg")
    try folders.write("a.png", Pictures.product(100, 70))
    let batch = try folders.batch { $0.process.wantsTags = true }
    #expect(try batch.run(try batch.items()).entries.map(\.status) == [.skipped])
    #expect(try folders.read("a.jpg") == before)
  }

  @Test func twoRunsDoNotWorkInOneFolder() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    mkdir(folders.output, 0o755)
    let other = open(folders.output, O_RDONLY | O_DIRECTORY)
    try #require(other >= 0 && flock(other, LOCK_EX | LOCK_NB) == 0)
    #expect { try self.run(folders, nil) } throws: { "\($0)".contains("another run") }
    close(other)
    #expect(try run(folders, nil).entries.map(\.status) == [.written])
  }

  @Test func earlierVerdictsOutliveAnInterruptedRun() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil)
    for begun in [0, 1] {
      #expect(try !run(folders, nil, .overwrite, begun: begun).isComplete)
      #expect(try run(folders, nil).resumedCount == 2)
    }
    // A run of other options in between does not make an old one unfinished.
    _ = try run(folders, 1, .overwrite)
    #expect(try run(folders, nil, .overwrite).resumedCount == 0)
  }

  @Test func photosThatFailedAreTriedAgainAmongNumberedPictures() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil)
    try writeAtomically([1, 2, 3], to: folders.input + "/b.png")
    #expect(try run(folders, 1, .rename).entries.map(\.status) == [.written, .failed])
    try folders.write("b.png", Pictures.product(90, 70))
    let mended = try run(folders, 1, .rename)
    #expect(mended.entries.map(\.target) == ["a-1.jpg", "b-1.jpg"] && mended.resumedCount == 1)
    // A photo that changed keeps its own picture, not that of other options.
    try folders.write("a.png", Pictures.product(100, 70))
    let kept = try run(folders, 1).entries
    #expect(kept.map(\.target) == ["a-1.jpg", "b-1.jpg"] && kept[0].status == .skipped)
    #expect(kept.map(\.hasChanged) == [true, false])
    // A shop knows a product by its photo, whatever number its picture got.
    let feed = TagExport.shopify.text(of: mended).split(separator: "\r\n")
    #expect(feed.dropFirst().map { $0.split(separator: ",")[0] } == ["a", "b"], "\(feed)")
  }

  @Test func aWatchRenewsWhatChangedAndLeavesTheRest() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    _ = try run(folders, nil)
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

  @Test func photosInTheFolderOfPicturesAreNeitherLeftOutNorReplaced() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    try folders.write("deep/a.jpg", Pictures.product(90, 70))
    for action in Batch.OnExists.allCases {
      var options = Batch.Options(process: ProcessOptions(wantsTags: false))
      options.onExists = action
      let batch = try Batch(
        folders.pipeline, input: folders.input, output: folders.input + "/deep", options: options)
      #expect { try batch.run(try batch.items()) } throws: { "\($0)".contains("such as a.jpg") }
    }
    let photo = try readFile(folders.input + "/deep/a.jpg", maxBytes: 1 << 20)
    #expect(try ImageDecoder.decode(photo).pixels.width == 90)
  }

  @Test func aFolderThatIsNoneIsNamed() throws {
    let folders = try Folders()
    try writeAtomically([7], to: folders.input + "/file")
    for (name, reason) in [("none", "No such file"), ("file", "name a folder")] {
      let options = Batch.Options(process: ProcessOptions(wantsTags: false))
      let batch = try Batch(
        folders.pipeline, input: folders.input + "/" + name, output: folders.output,
        options: options)
      #expect { try batch.items() } throws: { "\($0)".contains(reason) }
    }
    #expect { try readFile(folders.input, maxBytes: 10) } throws: {
      "\($0)".contains("it is a folder")
    }
  }

  @Test func theFolderOfPhotosIsNeverWrittenTo() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    #expect(throws: SkillError.self) {
      try Batch(
        folders.pipeline, input: folders.input, output: folders.input + "/deep/..",
        options: Batch.Options(process: ProcessOptions()))
    }
    let inside = try Batch(
      folders.pipeline, input: folders.input, output: folders.input + "/out",
      options: Batch.Options(process: ProcessOptions(wantsTags: false)))
    for _ in 0..<2 { #expect(try inside.run(try inside.items()).entries.count == 1) }
  }

  @Test func duplicatesAreFound() throws {
    func photo(_ seed: Int, _ width: Int, _ height: Int, left: Double = 0, right: Double = 1)
      -> PixelBuffer
    {
      Pictures.make(width, height) { x, y in
        // Coarse patches, the same at every size.
        let u = left + (Double(x) + 0.5) / Double(width) * (right - left)
        let (i, j) = (Int(u * 9), Int((Double(y) + 0.5) / Double(height) * 9))
        return (
          UInt8(128 + 100 * Pictures.noise(i + seed, j)),
          UInt8(128 + 100 * Pictures.noise(i, j + seed)), UInt8(seed % 250)
        )
      }
    }
    let set = [
      photo(10, 300, 200), photo(70, 300, 200), photo(10, 300, 200), photo(10, 210, 140),
      photo(70, 270, 200, left: 0.05, right: 0.95), photo(130, 300, 200),
    ].map { Fingerprint($0) }
    let pairs = Duplicates.pairs(in: set + [nil], distanceMax: Duplicates.nearDistance)
    #expect(pairs.map { [$0.first, $0.second] } == [[0, 2], [0, 3], [1, 4], [2, 3]])
    #expect(pairs.map(\.isExact) == [true, false, false, false])
    #expect(Fingerprint(text: set[1].text) == set[1])
    #expect(Fingerprint(text: "00") == nil)
  }

  @Test func aWatcherTakesEachVersionOnceItRests() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    var watcher = BatchWatcher(try folders.batch(), settle: 0)
    #expect(try watcher.ready().map(\.source) == ["a.png"])
    #expect(try watcher.ready().isEmpty)
    try folders.write("a.png", Pictures.product(90, 70))
    try folders.write("b.png", Pictures.product(70, 70))
    #expect(try watcher.ready().map(\.source) == ["a.png", "b.png"])
    var patient = BatchWatcher(try folders.batch(), settle: 3600)
    #expect(try patient.ready().isEmpty)
  }

  @Test func shopsImportWhatWasTagged() throws {
    let folders = try Folders()
    try folders.write("deep/a, b.png", Pictures.product(120, 90))
    try folders.write("Red \u{e9}.png", Pictures.product(130, 90, color: (190, 20, 30)))
    let batch = try folders.batch { $0.process.wantsTags = true }
    let report = try batch.run(try batch.items())
    let shopify = TagExport.shopify.text(of: report, imageBase: "https://x.example/")
    let lines = shopify.split(separator: "\r\n").map(String.init)
    #expect(lines.count == 3)
    #expect(
      lines[0].hasPrefix("Handle,Title,Product Category,Tags,Published,Image Src,Image Position,"))
    #expect(lines[1].hasPrefix("red-c3a9,"), "\(lines[1])")
    #expect(lines[1].contains("https://x.example/Red%20%C3%A9.jpg,1,red red,red"), "\(lines[1])")
    #expect(lines[2].contains("https://x.example/deep/a%2C%20b.jpg"), "\(lines[2])")
    #expect(lines[2].hasPrefix("deep-a-b,"))
    let woo = TagExport.woocommerce.text(of: report)
    #expect(woo.contains("Attribute 1 value(s)") && woo.contains(",Color,red,1,1\r\n"))
    let google = TagExport.google.text(of: report).split(separator: "\n")
    #expect(google[0] == "id\ttitle\timage_link\tgoogle_product_category\tcolor")
    #expect(
      google.allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == 5 })
    #expect(ProductCategory(label: "dress")?.googleID == 2271)
    #expect(ProductCategory(label: "dress")?.gid == "gid://shopify/TaxonomyCategory/aa-1-4")
    #expect(ProductCategory(label: "garlic") == nil)
  }

  @Test func handlesAreNeverEmptyNorTwice() throws {
    let folders = try Folders()
    for name in ["a b.png", "a,b.png", "\u{43a}\u{43e}\u{442}.png", "...png", "=.png"] {
      try folders.write(name, Pictures.product(80, 70))
    }
    let batch = try folders.batch { $0.process.format = .png }
    let report = try batch.run(try batch.items())
    let google = TagExport.google.text(of: report).split(separator: "\n").dropFirst()
    let handles = google.compactMap { $0.split(separator: "\t").first.map(String.init) }
    #expect(handles.sorted() == ["a-b", "a-b-2", "d0bad0bed182", "item"].sorted(), "\(handles)")
    #expect(google.contains { $0.hasPrefix("item\t'=\t") }, "\(google)")
  }

  @Test func aPictureOfAnotherPhotoIsNeitherTakenNorReplaced() throws {
    for action in [Batch.OnExists.skip, .overwrite] {
      let folders = try Folders()
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

  @Test func numberedPicturesNeverMeet() throws {
    let folders = try Folders()
    let names = ["a.png", "a-1.png", "a-2.png", "A.jpeg"]
    for name in names { try folders.write(name, Pictures.product(80, 70)) }
    for round in 1...3 {
      let batch = try folders.batch {
        $0.onExists = .rename
        $0.jobs = 4
      }
      let steps = try batch.steps(try batch.items())
      let report = try batch.run(try batch.items())
      let targets = report.entries.compactMap { $0.target?.lowercased() }
      #expect(Set(targets).count == 4, "round \(round): \(targets)")
      let planned = steps.compactMap { step in
        if case .write(let target) = step { target.lowercased() } else { nil }
      }
      #expect(Set(planned).count == 4)
    }
  }

  @Test func noPhotoIsLeftOutWithoutAWord() throws {
    let folders = try Folders()
    try folders.write("a.png", Pictures.product(80, 70))
    symlink("\(folders.input)/a.png", "\(folders.input)/link.png")
    symlink("\(folders.input)/none.png", "\(folders.input)/torn.png")
    let latin = Array("\(folders.input)/caf".utf8) + [0xe9] + Array(".png".utf8) + [0]
    let file = latin.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { creat($0, 0o644) } ?? -1 }
    }
    try #require(file >= 0)
    close(file)
    let batch = try folders.batch()
    let report = try batch.run(try batch.items())
    let status = report.entries.map { "\($0.source) \($0.status.rawValue)" }
    #expect(
      status == ["a.png written", "caf\u{fffd}.png failed", "link.png written", "torn.png failed"])
    let folder = Array("\(folders.input)/d".utf8) + [0xe9, 0]
    let made = folder.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { mkdir($0, 0o755) } ?? -1 }
    }
    try #require(made == 0)
    #expect { try batch.items() } throws: { "\($0)".contains("UTF-8") }
    _ = folder.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { rmdir($0) } }
    }
    _ = latin.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { unlink($0) } }
    }
  }

  @Test func contradictoryOptionsAreRefusedAtOnce() throws {
    let folders = try Folders()
    #expect(throws: SkillError.self) {
      try folders.batch {
        $0.process.background = .transparent
        $0.process.format = .jpeg
      }
    }
    #expect(throws: SkillError.self) {
      try folders.batch {
        $0.process.ownProfile = .amazonMain
        $0.process.shadow = .soft
      }
    }
  }

  @Test func aRaisedStopEndsTheRestToo() throws {
    let folders = try Folders()
    for name in ["a.png", "b.png"] { try folders.write(name, Pictures.product(80, 70)) }
    let begun = Counter()
    let batch = try folders.batch()
    let report = try batch.run(try batch.items(), shouldStop: { begun.next() > 2 })
    #expect(report.isComplete && report.duplicates.isEmpty)
    let resumed = try batch.run(try batch.items())
    #expect(resumed.duplicates.count == 1)
    #expect(resumed.html().contains("data:image"))
    #expect(!resumed.html(shouldStop: { true }).contains("data:image"))
  }

  @Test func picturesNeverLandAmongThePhotos() throws {
    let folders = try Folders()
    try folders.write("deep/b.png", Pictures.product(80, 70))
    #expect(throws: SkillError.self) {
      try Batch(
        folders.pipeline, input: folders.input + "/deep", output: folders.input,
        options: Batch.Options(process: ProcessOptions()))
    }
    mkdir(folders.output, 0o755)
    symlink(folders.input + "/deep", folders.output + "/deep")
    let batch = try folders.batch { $0.process.format = .png }
    let before = try readFile(folders.input + "/deep/b.png", maxBytes: 1_000_000)
    let report = try batch.run(try batch.items())
    // Skipped, for the picture that is there is the photo itself.
    #expect(report.entries.map(\.status) == [.skipped])
    let replacing = try folders.batch {
      $0.process.format = .png
      $0.onExists = .overwrite
    }
    #expect(try replacing.run(try replacing.items()).entries.map(\.status) == [.failed])
    #expect(try readFile(folders.input + "/deep/b.png", maxBytes: 1_000_000) == before)
    unlink(folders.output + "/deep")
  }

  @Test func flatCardsOfUnlikeColoursAreNoDuplicates() {
    func card(_ color: (UInt8, UInt8, UInt8)) -> Fingerprint {
      Fingerprint(Pictures.make(60, 60) { _, _ in color })
    }
    let set = [card((200, 30, 30)), card((30, 30, 200)), card((204, 34, 34))]
    let pairs = Duplicates.pairs(in: set, distanceMax: Duplicates.nearDistance)
    #expect(pairs.map { [$0.first, $0.second] } == [[0, 2]])
  }

  @Test func fieldsOfATableAreNoFormulas() {
    #expect(CSV.line(["a\"\u{301}b"]) == "\"a\"\"\u{301}b\"\r\n")
    #expect(CSV.line(["a\r\nb"]) == "\"a\r\nb\"\r\n")
    for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\r\nx", "=\u{301}"] {
      #expect(CSV.plain(text) == "'" + text)
    }
    #expect(CSV.plain("a=1") == "a=1" && CSV.plain("").isEmpty)
  }

  @Test func jsonIsRead() {
    let value: JSONValue = [
      "a": [1, -2.5, true, nil, "x\"\\\n\u{e9}\u{1F600}"], "b": ["c": [], "d": [:]],
    ]
    #expect(JSONValue(parsing: value.encoded()) == value)
    #expect(JSONValue(parsing: value.encoded(pretty: true)) == value)
    #expect(JSONValue(parsing: #""\u00e9\ud83d\ude00\/""#) == .string("\u{e9}\u{1F600}/"))
    for bad in [
      "", "{", "[1,]", "{\"a\" 1}", "nul", "\"\\ud83d\"", "1 2", "+1", "01", "-01", "0x10", "1.",
      ".5",
      "1e", "-", "\"\u{1}\"",
    ] {
      #expect(JSONValue(parsing: bad) == nil, "\(bad)")
    }
    #expect(JSONValue(parsing: "[0,-0.5,1e3,10]") == [0, -0.5, .number(1000), 10])
    #expect(JSONValue(parsing: String(repeating: "[", count: 100_000)) == nil)
    #expect(CSV.line(["a", "b,c", "d\"e", "f\ng"]) == "a,\"b,c\",\"d\"\"e\",\"f\ng\"\r\n")
  }
}

/// A number that grows by one a call, on any thread.
private final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
