import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct EvaluationTests {
  @Test func perfectAndOppositeMasks() {
    let truth = [true, true, false, false]
    var metrics = MaskMetrics()
    metrics.add(predicted: [255, 255, 0, 0], truth: truth, width: 2, height: 2)
    #expect(metrics.meanIoU == 1 && metrics.meanAbsoluteError == 0 && metrics.boundaryF == 1)
    #expect(metrics.maxF == 1 && metrics.failureShare == 0)
    metrics.add(predicted: [0, 0, 255, 255], truth: truth, width: 2, height: 2)
    #expect(
      metrics.meanIoU == 0.5 && metrics.meanAbsoluteError == 0.5 && metrics.failureShare == 0.5)
  }

  @Test func valuesByHand() {
    // Predicted above 0.5: pixels 0 and 1; true: pixels 1 and 2.
    let truth = [false, true, true, false]
    #expect(MaskMetrics.iou([true, true, false, false], truth) == 1.0 / 3)
    #expect(MaskMetrics.iou([false, false], [false, false]) == 1)
    #expect(
      abs(MaskMetrics.meanAbsoluteError([255, 255, 51, 0], truth) - (1 + 0 + 0.8 + 0) / 4) < 1e-12)
    var metrics = MaskMetrics()
    metrics.add(predicted: [200, 200, 100, 0], truth: truth, width: 4, height: 1)
    // Up to a threshold of 100: precision 2/3, recall 1; F = 1.3 (2/3) / (0.3 (2/3) + 1).
    #expect(abs(metrics.maxF - 1.3 * (2.0 / 3) / (0.2 + 1)) < 1e-12)
  }

  @Test func lowPhotosAndForetoldErrorsByHand() {
    #expect(MaskMetrics.quantile([], 0.05) == 0 && MaskMetrics.quantile([0.7], 0.05) == 0.7)
    #expect(abs(MaskMetrics.quantile([1, 0, 0.5], 0.25) - 0.25) < 1e-12)
    #expect(MaskMetrics.areaUnderCurve(of: [0.9], over: []) == nil)
    // Pairs: 0.9 beats both, 0.5 ties one and beats the other.
    #expect(MaskMetrics.areaUnderCurve(of: [0.9, 0.5], over: [0.5, 0.1]) == 3.5 / 4)
    var metrics = MaskMetrics()
    let truth = [true, true, false, false]
    metrics.add(predicted: [255, 255, 0, 0], truth: truth, width: 4, height: 1, uncertainty: 0.2)
    #expect(metrics.uncertaintyAUC == nil && metrics.lowIoU == 1)
    let wrong = metrics.add(
      predicted: [255, 0, 0, 0], truth: truth, width: 4, height: 1, uncertainty: 0.1)
    #expect(wrong.iou == 0.5 && metrics.uncertaintyAUC == 0)
    #expect(abs(metrics.lowIoU - 0.525) < 1e-12)
  }

  @Test func mattesByHand() throws {
    #expect(MatteMetrics.meanAbsoluteError([0, 255, 51], [0, 204, 0]) == 0.4 / 3)
    let ramp = (0..<400).map { UInt8($0 % 20 * 10) }
    #expect(MatteMetrics.gradientError(ramp, ramp, width: 20, height: 20) == 0)
    // A slope of 10 a pixel against none: its gradient is 10 / 255 wherever no border is near.
    let flat = [UInt8](repeating: 90, count: 400)
    let error = MatteMetrics.gradientError(ramp, flat, width: 20, height: 20)
    #expect(error > 0.9 && error < 1000 * (10 / 255.0) * (10 / 255.0), "\(error)")
    let red: [UInt8] = [200, 0, 0, 200, 0, 0]
    let dark: [UInt8] = [170, 0, 0, 100, 0, 0]
    #expect(MatteMetrics.edgeColorError(red, dark, alpha: [128, 255]) == 10)
    #expect(MatteMetrics.edgeColorError(red, dark, alpha: [0, 255]) == nil)
    // Over white, half of black is 127.5 darker than none of it, in every channel of half the pixels.
    let black: [UInt8] = [0, 0, 0, 0, 0, 0]
    let composite = MatteMetrics.compositeError(
      black, alpha: [255, 0], truth: black, trueAlpha: [255, 51])
    #expect(abs(composite - 25.5) < 1e-9)
  }

  @Test func masksOfGroundsAreNoProducts() throws {
    func shows(_ inside: Float, share: Int, core: Int = 0) throws -> Bool {
      let values = (0..<1000).map { $0 < core ? 1 : $0 < share ? inside : 0 }
      return try NetworkMask(width: 100, height: 10, values: values).showsProduct(shareMin: 0.002)
    }
    #expect(try !shows(0.6, share: 200))
    #expect(try !shows(0.74, share: 200))
    #expect(try shows(0.9, share: 200))
    #expect(try shows(0.6, share: 200, core: 150))
    #expect(try shows(0.9, share: 5))
    #expect(try !shows(0.6, share: 40, core: 10))
    #expect(try !shows(0.9, share: 1))
  }

  @Test func aMaskAlongTheBorderIsThePhotoItself() throws {
    // 20 x 20: a ring of 76 pixels; 18 of them are less than a quarter, 19 are one.
    func mask(_ count: Int) throws -> NetworkMask {
      let values: [Float] = (0..<400).map { $0 < min(count, 20) ? 1 : 0 }
      return try NetworkMask(width: 20, height: 20, values: values)
    }
    #expect(try !mask(18).showsFrame)
    #expect(try mask(19).showsFrame)
    #expect(try mask(19).borderShare == 0.25)
  }

  @Test func confidenceIsComparedWithAccuracy() {
    var table = ScoreTable(labels: ["a", "b"])
    #expect(table.calibrationError == 0 && table.claimed(from: 0.5).precision == 1)
    table.add(truth: "a", scores: [0.9, 0.1])
    table.add(truth: "b", scores: [0.9, 0.1])
    table.add(truth: "b", scores: [0.4, 0.6])
    // Bin of 0.9: 1 right of 2; bin of 0.6: 1 of 1.
    #expect(abs(table.calibrationError - (2 * 0.4 + 0.4) / 3) < 1e-12)
    let claimed = table.claimed(from: 0.7)
    #expect(abs(claimed.share - 2.0 / 3) < 1e-12 && claimed.precision == 0.5)
    table.add(truth: "a", scores: [1, 0])
    #expect(abs(table.calibrationError - (2 * 0.4 + 0.4) / 4) < 1e-12)
  }

  @Test func boundariesMatchWithinTwoPixels() {
    func square(_ left: Int) -> [Bool] {
      (0..<400).map { (left..<left + 8).contains($0 % 20) && (6..<14).contains($0 / 20) }
    }
    let truth = square(6)
    func f(_ left: Int) -> Double {
      MaskMetrics.boundaryF(square(left), truth, width: 20, height: 20, distance: 2)
    }
    #expect(f(6) == 1 && f(8) == 1)
    #expect(f(9) < 1 && f(9) > 0.3)
    #expect(MaskMetrics.boundaryF([false], [false], width: 1, height: 1, distance: 2) == 1)
    let none = [Bool](repeating: false, count: 400)
    #expect(MaskMetrics.boundaryF(none, truth, width: 20, height: 20, distance: 2) == 0)
  }

  @Test func maskFilesAreRead() {
    func mask(_ values: [UInt8]) -> [Bool] {
      SegmentEvaluation.truth(Pictures.make(values.count, 1) { x, _ in (values[x], 0, 0) })
    }
    #expect(mask([0, 3, 55, 0]) == [false, true, true, false])
    #expect(mask([0, 100, 128, 255]) == [false, false, true, true])
    #expect(mask([0, 0]) == [false, false])
  }

  @Test func scoresByHand() {
    var table = ScoreTable(labels: ["a", "b", "c"])
    table.add(truth: "a", scores: [0.7, 0.2, 0.1])
    table.add(truth: "b", scores: [0.5, 0.4, 0.1])
    table.add(truth: "b", scores: [0.1, 0.3, 0.6])
    table.add(truth: "c", scores: [0.1, 0.8, 0.1])
    #expect(!table.add(truth: "d", scores: [1, 0, 0]) && !table.add(truth: "a", scores: [1]))
    #expect(table.count == 4 && table.top(1) == 0.25 && table.top(2) == 0.75 && table.top(5) == 1)
    // Heads: a: row 0, right; b: rows 3 1, one right; c: row 2, wrong.
    #expect(abs(table.precisionAt5 - (1 + 0.5 + 0) / 3) < 1e-12)
    // Rankings: a: rows 0 1 2 3, hit first: 1. b: rows 3 1 2 0, hits second and third: (1/2 + 2/3)
    // / 2. c: rows 2 0 1 3, hit last: 1/4.
    #expect(abs(table.meanAveragePrecision - (1 + (0.5 + 2.0 / 3) / 2 + 0.25) / 3) < 1e-12)
    let confusion = table.confusion.map { "\($0.truth)>\($0.predicted):\($0.count)" }
    #expect(confusion == ["a>a:1", "b>a:1", "b>c:1", "c>b:1"])
  }

  @Test func labelFilesAreRead() throws {
    let table = try LabelTable(
      csv:
        "file,category,material\r\na.jpg,shirt,denim\n\"b,1.jpg\",\"a \"\"b\"\"\",\n,x,y\nc.jpg,,wood",
      file: "l.csv")
    #expect(table.rows.map(\.file) == ["a.jpg", "b,1.jpg", "c.jpg"])
    #expect(table.rows.map(\.category) == ["shirt", "a \"b\"", ""])
    #expect(table.rows.map(\.material) == ["denim", "", "wood"])
    #expect(throws: SkillError.self) { try LabelTable(csv: "a,b\n1,2", file: "l.csv") }
    #expect(throws: SkillError.self) { try LabelTable(csv: "", file: "l.csv") }
  }

  @Test func tagsAreOfTheProductsBox() throws {
    let folders = try BatchFolders()
    // A small blue product on a reddish ground: the photo is red, the product's box is blue.
    let photo = Pictures.make(320, 320) { x, y in
      (140..<180).contains(x) && (140..<180).contains(y) ? (0, 0, 60) : (255, 230, 230)
    }
    try folders.write("product.png", photo)
    try folders.write("empty.png", Pictures.make(320, 320) { _, _ in (255, 230, 230) })
    let labels = "file,category\nproduct.png,blue\nempty.png,red\n"
    try writeAtomically(Array(labels.utf8), to: folders.input + "/labels.csv")
    func evaluation(whole: Bool) throws -> TagEvaluation {
      try TagEvaluation(
        labels: folders.input + "/labels.csv", images: folders.input, pipeline: folders.pipeline,
        whole: whole)
    }
    let whole = try evaluation(whole: true)
    #expect(whole.categories.top(1) == 0.5 && whole.withoutProduct == nil)
    #expect(whole.json["view"]?.text == "whole")
    let product = try evaluation(whole: false)
    #expect(product.categories.top(1) == 1 && product.withoutProduct == 1)
    #expect(product.json["view"]?.text == "product")
    // A photo that is missing or none is named, once.
    for name in ["gone.png", "labels.csv"] {
      try writeAtomically(
        Array("file,category\n\(name),red\n".utf8), to: folders.input + "/labels.csv")
      for whole in [true, false] {
        let error = try #require(throws: SkillError.self) { _ = try evaluation(whole: whole) }
        #expect(error.what == "\(folders.input)/\(name)" && !error.why.contains(name))
      }
    }
  }
}
