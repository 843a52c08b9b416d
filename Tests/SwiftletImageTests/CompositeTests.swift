import SwiftletImage
import Testing

@Suite struct CompositeTests {
  @Test func everyTripleIsRoundedExactly() {
    for background in [0, 1, 77, 128, 254, 255] as [UInt8] {
      for alpha in 0...255 {
        var picture = PixelBuffer(width: 256, height: 1, channels: 4)
        for x in 0..<256 { picture[x, 0] = [UInt8(x), 255 - UInt8(x), 9, UInt8(alpha)] }
        let result = picture.composited(over: (background, background, background))
        for x in 0..<256 {
          let expected = picture[x, 0].prefix(3).map { value in
            UInt8(
              (Double(value) * Double(alpha) + Double(background) * Double(255 - alpha)) / 255
                + 0.5)
          }
          #expect(result[x, 0] == expected)
        }
      }
    }
  }

  @Test func whatIsOpaqueOrClearIsUnchanged() {
    var picture = PixelBuffer.random(50, 20, 4, seed: 1)
    for index in 0..<1000 { picture.data[index * 4 + 3] = index % 2 == 0 ? 255 : 0 }
    let result = picture.composited(over: (255, 128, 3))
    for index in 0..<1000 {
      let (x, y) = (index % 50, index / 50)
      #expect(result[x, y] == (index % 2 == 0 ? Array(picture[x, y].prefix(3)) : [255, 128, 3]))
    }
  }

  @Test func opaquePicturesBecomeRGB() {
    let rgb = PixelBuffer.random(3, 3, 3, seed: 2)
    #expect(rgb.composited(over: (1, 2, 3)) == rgb)
    #expect(PixelBuffer.flat(2, 1, [9]).composited(over: (1, 2, 3)) == .flat(2, 1, [9, 9, 9]))
  }
}
