import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct MatteTests {
  private static let front = (30, 120, 40)
  private static let back = (230, 40, 200)

  private func composite(_ side: Int) -> (photo: PixelBuffer, alpha: PixelBuffer) {
    let center = Double(side) / 2
    let share = { (x: Int, y: Int) in
      Pictures.disk(x, y, center, center, Double(side) * 0.3, softness: 12)
    }
    let photo = Pictures.make(side, side) { Pictures.mix(Self.front, Self.back, share($0, $1)) }
    let alpha = Pictures.alpha(side, side) { UInt8((255 * share($0, $1)).rounded()) }
    return (photo, alpha)
  }

  @Test func decontaminationRecoversTheProductsColour() {
    let (photo, alpha) = composite(200)
    var clean = photo
    Decontamination.apply(&clean, alpha: alpha)
    func error(_ picture: PixelBuffer) -> Double {
      var (sum, count) = (0.0, 0)
      for index in alpha.data.indices where alpha.data[index] > 20 && alpha.data[index] < 255 {
        sum += abs(Double(picture.data[3 * index]) - Double(Self.front.0))
        sum += abs(Double(picture.data[3 * index + 1]) - Double(Self.front.1))
        sum += abs(Double(picture.data[3 * index + 2]) - Double(Self.front.2))
        count += 3
      }
      return sum / Double(count)
    }
    #expect(error(clean) < 3)
    #expect(error(photo) > 40)
  }

  @Test func pixelsOutsideTheEdgeNeverChange() {
    for side in [17, 64, 200, 1031] {
      let (photo, alpha) = composite(side)
      var noisy = photo
      for index in noisy.data.indices {
        noisy.data[index] ^= UInt8(truncatingIfNeeded: index &* 7) & 15
      }
      var clean = noisy
      Decontamination.apply(&clean, alpha: alpha)
      let same = alpha.data.indices.allSatisfy { index in
        (alpha.data[index] != 0 && alpha.data[index] != 255)
          || (0..<3).allSatisfy { clean.data[3 * index + $0] == noisy.data[3 * index + $0] }
      }
      #expect(same, "side \(side)")
    }
  }

  @Test func decontaminationNeedsNoPureColours() {
    var photo = Pictures.make(40, 40) { x, y in (UInt8(x), UInt8(y), 7) }
    let alpha = Pictures.alpha(40, 40) { _, _ in 128 }
    Decontamination.apply(&photo, alpha: alpha)
    #expect(photo.data.count == 4800)
    Decontamination.apply(&photo, alpha: Pictures.alpha(3, 3) { _, _ in 1 })
    #expect(photo.data.count == 4800)
  }

  /// Where an edge is wide, its colours come from coarse averages, which once showed as squares.
  @Test func wideEdgesAreFilledSmoothly() {
    let side = 256
    let share = { (x: Int) in x < 64 ? 1.0 : x < 192 ? 0.5 : 0 }
    var photo = Pictures.make(side, side) { x, y in
      Pictures.mix((y, 100, 50), (10, 10, 200), share(x))
    }
    Decontamination.apply(
      &photo, alpha: Pictures.alpha(side, side) { x, _ in UInt8((255 * share(x)).rounded()) })
    var most = 0
    for x in 64..<192 {
      for y in 1..<side {
        let above = photo.data[3 * ((y - 1) * side + x)]
        most = max(most, abs(Int(photo.data[3 * (y * side + x)]) - Int(above)))
      }
    }
    #expect(most <= 5)
  }

  @Test func backgroundsAreExact() {
    let (photo, alpha) = composite(123)
    for (background, expected) in [
      (BackgroundStyle.white, (UInt8(255), UInt8(255), UInt8(255))),
      (.color(red: 1, green: 20, blue: 240), (1, 20, 240)),
    ] {
      let composed = Composer.compose(photo, alpha: alpha, background: background)
      #expect(composed.pixels.channels == 3)
      for index in alpha.data.indices {
        let color = (
          composed.pixels.data[3 * index], composed.pixels.data[3 * index + 1],
          composed.pixels.data[3 * index + 2]
        )
        if alpha.data[index] == 0 { #expect(color == expected) }
        if alpha.data[index] == 255 {
          #expect(
            color == (photo.data[3 * index], photo.data[3 * index + 1], photo.data[3 * index + 2]))
        }
        let mixed =
          Int(photo.data[3 * index]) * Int(alpha.data[index])
          + Int(expected.0) * (255 - Int(alpha.data[index]))
        #expect(Int(color.0) == (mixed * 2 + 255) / 510)
      }
    }
  }

  @Test func transparencyKeepsAlpha() {
    let (photo, alpha) = composite(50)
    let composed = Composer.compose(photo, alpha: alpha, background: .transparent)
    #expect(composed.pixels.channels == 4)
    for index in alpha.data.indices {
      #expect(composed.pixels.data[4 * index + 3] == alpha.data[index])
      if alpha.data[index] == 0 { #expect(composed.pixels.data[4 * index] == 0) }
    }
  }

  @Test func canvasesCenterAndFill() throws {
    for (width, height) in [(100, 40), (37, 900), (3000, 2999), (1, 1), (10, 10)] {
      for (aspect, fill) in [(1.0, 0.87), (0.75, 0.8), (2.0, 0.5)] {
        let box = PixelBox(x: 13, y: 5, width: width, height: height)
        let canvas = Canvas.centered(box, aspect: aspect, fill: fill)
        let reached = max(
          Double(width) / Double(canvas.width), Double(height) / Double(canvas.height))
        #expect(reached >= fill && reached <= 1)
        if max(width, height) > 30 { #expect(reached < fill + 0.04) }
        let left = box.x + canvas.offsetX
        #expect(left >= 0 && abs(canvas.width - width - 2 * left) <= 1)
        let top = box.y + canvas.offsetY
        #expect(top >= 0 && abs(canvas.height - height - 2 * top) <= 1)
      }
    }
  }

  @Test func thePhotoIsPlacedOnItsCanvas() {
    let (photo, alpha) = composite(60)
    for canvas in [
      Canvas(width: 100, height: 80, offsetX: 20, offsetY: 10),
      Canvas(width: 30, height: 30, offsetX: -15, offsetY: -15),
      Canvas(width: 40, height: 90, offsetX: -70, offsetY: 0),
    ] {
      let composed = Composer.compose(photo, alpha: alpha, background: .white, canvas: canvas)
      #expect(composed.pixels.width == canvas.width && composed.pixels.height == canvas.height)
      for y in 0..<canvas.height {
        for x in 0..<canvas.width {
          let (sx, sy) = (x - canvas.offsetX, y - canvas.offsetY)
          let inside = sx >= 0 && sx < 60 && sy >= 0 && sy < 60
          #expect(
            composed.alpha.data[y * canvas.width + x] == (inside ? alpha.data[sy * 60 + sx] : 0))
          if !inside { #expect(composed.pixels.data[3 * (y * canvas.width + x)] == 255) }
        }
      }
    }
  }

  @Test func reducedCompositionsStayWhite() throws {
    let (photo, alpha) = composite(301)
    let composed = Composer.compose(photo, alpha: alpha, background: .white)
    var profile = Profile.amazonMain
    (profile.longSideMin, profile.longSideZoom) = (100, nil)
    let reduced = try #require(composed.reduced(by: 0.34, keeping: profile))
    #expect(reduced.pixels.width == 102)
    for index in reduced.alpha.data.indices where reduced.alpha.data[index] == 0 {
      #expect(reduced.pixels.data[3 * index..<3 * index + 3].allSatisfy { $0 == 255 })
    }
    profile.longSideZoom = 103
    #expect(composed.reduced(by: 0.34, keeping: profile) == nil)
  }

  @Test func aReducedPictureKeepsItsShadow() throws {
    let (photo, alpha) = composite(301)
    var composed = Composer.compose(photo, alpha: alpha, background: .white)
    composed.add(.soft)
    var profile = Profile.amazonMain
    (profile.longSideMin, profile.longSideZoom) = (100, nil)
    let reduced = try #require(composed.reduced(by: 0.34, keeping: profile))
    #expect(
      reduced.alpha.data.indices.contains {
        reduced.alpha.data[$0] == 0 && reduced.pixels.data[3 * $0] < 255
      })
  }

  @Test func backgroundsAreRead() throws {
    #expect(try BackgroundStyle("white") == .white)
    #expect(try BackgroundStyle("transparent") == .transparent)
    #expect(try BackgroundStyle("#0A10ff") == .color(red: 10, green: 16, blue: 255))
    #expect(try BackgroundStyle("#0A10ff").description == "#0A10FF")
    for text in ["", "#12345", "#1234567", "#12345g", "red", "0A10FF", "#+12345"] {
      #expect(throws: SkillError.self) { try BackgroundStyle(text) }
    }
  }

  @Test func jpegsFitTheirWindow() throws {
    let picture = Pictures.make(200, 200) { x, y in
      (UInt8(128 + 100 * Pictures.noise(x, y)), UInt8(x), UInt8(y))
    }
    let free = try ListingEncoder.encode(picture, as: .jpeg, quality: 95)
    let small = try ListingEncoder.encode(
      picture, as: .jpeg, quality: 95, bytesMax: free.count * 2 / 3)
    #expect(small.count <= free.count * 2 / 3)
    let large = try ListingEncoder.encode(
      picture, as: .jpeg, quality: 80, bytesMin: free.count)
    #expect(large.count >= free.count)
    let rgba = PixelBuffer(width: 4, height: 4, channels: 4)
    #expect(throws: SkillError.self) { try ListingEncoder.encode(rgba, as: .jpeg, quality: 95) }
  }
}
