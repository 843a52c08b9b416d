import SwiftletImage
import Testing

@Suite struct GeometryTests {
  @Test func cropTakesTheRectangle() {
    for channels in [1, 3, 4] {
      let picture = PixelBuffer.random(13, 9, channels, seed: 4)
      let part = picture.cropped(x: 3, y: 2, width: 5, height: 6)
      #expect((part.width, part.height, part.channels) == (5, 6, channels))
      for y in 0..<6 { for x in 0..<5 { #expect(part[x, y] == picture[x + 3, y + 2]) } }
    }
  }

  @Test func cropIsCutToThePicture() {
    let picture = PixelBuffer.random(4, 3, 3, seed: 4)
    #expect(picture.cropped(x: 0, y: 0, width: 4, height: 3) == picture)
    #expect(picture.cropped(x: -9, y: -9, width: .max, height: .max) == picture)
    let corner = picture.cropped(x: 3, y: 2, width: 5, height: 5)
    #expect((corner.width, corner.height) == (1, 1))
    #expect(corner[0, 0] == picture[3, 2])
    for part in [
      picture.cropped(x: 99, y: 99, width: 5, height: 5),
      picture.cropped(x: .max, y: .max, width: .max, height: .max),
      picture.cropped(x: .min, y: .min, width: .min, height: .min),
      picture.cropped(x: 1, y: 1, width: 0, height: -4),
    ] {
      #expect((part.width, part.height) == (1, 1))
    }
  }

  @Test func padAddsBordersOfOneColour() {
    let picture = PixelBuffer.random(4, 3, 4, seed: 4)
    let padded = picture.padded(top: 1, left: 2, bottom: 3, right: 0, color: (1, 2, 3, 4))
    #expect((padded.width, padded.height) == (6, 7))
    for y in 0..<7 {
      for x in 0..<6 {
        let isInside = x >= 2 && (1..<4).contains(y)
        #expect(padded[x, y] == (isInside ? picture[x - 2, y - 1] : [1, 2, 3, 4]))
      }
    }
    #expect(picture.padded(top: -1, left: -1, bottom: -1, right: -1) == picture)
    let grey = PixelBuffer.flat(1, 1, [7]).padded(
      top: 0, left: 1, bottom: 0, right: 0, color: (5, 0, 0, 0))
    #expect(grey.data == [5, 7])
  }

  @Test func flipMirrors() {
    for channels in [1, 3, 4] {
      for (width, height) in [(1, 1), (2, 1), (17, 33), (40, 5)] {
        let picture = PixelBuffer.random(width, height, channels, seed: 6)
        let flipped = picture.flippedHorizontally()
        for y in 0..<height {
          for x in 0..<width { #expect(flipped[x, y] == picture[width - 1 - x, y]) }
        }
        #expect(flipped.flippedHorizontally() == picture)
      }
    }
  }

  @Test func initialiserChecksTheCount() {
    #expect(throws: ImageError.self) {
      try PixelBuffer(width: 2, height: 2, channels: 3, data: [1])
    }
    #expect(throws: ImageError.self) {
      try PixelBuffer(width: 0, height: 2, channels: 3, data: [])
    }
    #expect(throws: ImageError.self) {
      try PixelBuffer(width: 1, height: 1, channels: 2, data: [1, 2])
    }
    #expect(throws: ImageError.self) {
      try PixelBuffer(width: .max, height: .max, channels: 4, data: [])
    }
  }
}
