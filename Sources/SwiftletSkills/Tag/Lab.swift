/// A colour in CIELAB under D65, 2 degree observer.
package struct Lab: Sendable, Equatable {
  /// Lightness, 0...100.
  package var l: Double
  /// Green to red.
  package var a: Double
  /// Blue to yellow.
  package var b: Double

  /// A colour.
  package init(_ l: Double, _ a: Double, _ b: Double) {
    self.l = l
    self.a = a
    self.b = b
  }

  /// The colour of an sRGB value (IEC 61966-2-1, CIE 15).
  package init(red: UInt8, green: UInt8, blue: UInt8) {
    let (r, g, b) = (
      Lab.linear[Int(red)], Lab.linear[Int(green)], Lab.linear[Int(blue)]
    )
    let x = Lab.f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
    let y = Lab.f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    let z = Lab.f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    self.init(116 * y - 16, 500 * (x - y), 200 * (y - z))
  }

  /// Distance from grey.
  package var chroma: Double { (a * a + b * b).squareRoot() }

  /// The Euclidean distance, squared.
  func squaredDistance(to other: Lab) -> Double {
    let (dl, da, db) = (l - other.l, a - other.a, b - other.b)
    return dl * dl + da * da + db * db
  }

  private static func f(_ t: Double) -> Double {
    t > 216.0 / 24389 ? Math.cubeRoot(t) : (24389.0 / 27 * t + 16) / 116
  }

  private static let linear: [Double] = (0...255).map { code in
    let value = Double(code) / 255
    return value <= 0.04045 ? value / 12.92 : Math.power((value + 0.055) / 1.055, 2.4)
  }
}

extension Lab {
  /// The colour difference CIEDE2000 with all weights 1 (Sharma, Wu, Dalal, "The CIEDE2000
  /// color-difference formula: implementation notes", Color Research and Application 2005).
  package func difference(to other: Lab) -> Double {
    let degree = Double.pi / 180
    let meanChroma7 = Math.power((chroma + other.chroma) / 2, 7)
    let stretch = 1 + 0.5 * (1 - (meanChroma7 / (meanChroma7 + Math.power(25, 7))).squareRoot())
    let (a1, a2) = (stretch * a, stretch * other.a)
    let (c1, c2) = ((a1 * a1 + b * b).squareRoot(), (a2 * a2 + other.b * other.b).squareRoot())
    let (h1, h2) = (Lab.hue(a1, b), Lab.hue(a2, other.b))

    let deltaL = other.l - l
    let deltaC = c2 - c1
    var turn = 0.0
    var meanHue = h1 + h2
    if c1 * c2 != 0 {
      turn = h2 - h1
      if turn > 180 { turn -= 360 } else if turn < -180 { turn += 360 }
      if abs(h1 - h2) <= 180 {
        meanHue = (h1 + h2) / 2
      } else {
        meanHue = h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2
      }
    }
    let deltaH = 2 * (c1 * c2).squareRoot() * Math.sine(turn / 2 * degree)

    let meanL = (l + other.l) / 2 - 50
    let meanC = (c1 + c2) / 2
    let shape =
      1 - 0.17 * Math.cosine((meanHue - 30) * degree) + 0.24 * Math.cosine(2 * meanHue * degree)
      + 0.32 * Math.cosine((3 * meanHue + 6) * degree)
      - 0.20 * Math.cosine((4 * meanHue - 63) * degree)
    let bend = (meanHue - 275) / 25
    let rotation = 30 * Math.exponential(-bend * bend)
    let mean7 = Math.power(meanC, 7)
    let cross =
      -2 * (mean7 / (mean7 + Math.power(25, 7))).squareRoot() * Math.sine(2 * rotation * degree)
    let partL = deltaL / (1 + 0.015 * meanL * meanL / (20 + meanL * meanL).squareRoot())
    let partC = deltaC / (1 + 0.045 * meanC)
    let partH = deltaH / (1 + 0.015 * meanC * shape)
    return (partL * partL + partC * partC + partH * partH + cross * partC * partH).squareRoot()
  }

  private static func hue(_ a: Double, _ b: Double) -> Double {
    guard a != 0 || b != 0 else { return 0 }
    let angle = Math.angle(b, a) * 180 / Double.pi
    return angle < 0 ? angle + 360 : angle
  }
}
