import SwiftletImage
import SwiftletSkills
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct BatchTests {
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
    let folders = try BatchFolders()
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
    #expect(html.contains("</b> measured ") && html.contains("; required "))
    #expect(report.entries[2].error?.contains("; ") == true)
  }

  @Test func picturesThatWereMadeBesidePhotosAreNoPhotos() throws {
    let folders = try BatchFolders()
    let photos = [
      "A.jpg", "a.out.png", "b.out.png", "c.jpg", "d.out.png", "deep/c.out.png", "deep/d.png",
    ]
    let pictures = ["c.out.png", "d.out.out.png", "deep/d.out.png"]
    for name in photos + pictures { try folders.write(name, Pictures.product(40, 40)) }
    let batch = try folders.batch()
    let contents = try batch.contents()
    #expect(contents.photos.map(\.source) == photos)
    #expect(contents.made.map(\.source) == pictures)
    #expect(try batch.items() == contents.photos)
  }

  @Test func whatExistsIsSkippedReplacedOrNumbered() throws {
    let folders = try BatchFolders()
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

  @Test func photosInTheFolderOfPicturesAreNeitherLeftOutNorReplaced() throws {
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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

  @Test func aWatcherTakesEachVersionOnceItRests() throws {
    let folders = try BatchFolders()
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

  @Test func numberedPicturesNeverMeet() throws {
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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
}
