/// A square image layer of a network: `side` x `side` outputs.
struct Layer {
  let network: String
  let side: Int
  let inputs: Int
  var outputs: Int
  var taps = 1
  var stride = 1

  /// Such as "MobileNetV2 56x56 24-144 1x1".
  var name: String {
    "\(network) \(side)x\(side) \(inputs)-\(outputs) \(taps)x\(taps)"
      + (stride > 1 ? "/\(stride)" : "")
  }

  /// Convolutions that make up most of the time of the networks.
  static let convolutions = [
    Layer(network: "MobileNetV2", side: 112, inputs: 3, outputs: 32, taps: 3, stride: 2),
    Layer(network: "MobileNetV2", side: 56, inputs: 24, outputs: 144),
    Layer(network: "MobileNetV2", side: 28, inputs: 192, outputs: 32),
    Layer(network: "MobileNetV2", side: 14, inputs: 64, outputs: 384),
    Layer(network: "MobileNetV2", side: 7, inputs: 960, outputs: 160),
    Layer(network: "U2NetP", side: 320, inputs: 64, outputs: 16, taps: 3),
    Layer(network: "U2NetP", side: 80, inputs: 32, outputs: 64, taps: 3),
    Layer(network: "UNet", side: 256, inputs: 32, outputs: 32, taps: 3),
    Layer(network: "UNet", side: 64, inputs: 128, outputs: 128, taps: 3),
  ]

  /// Depthwise layers; inputs and outputs are the channels.
  static let depthwise = [
    Layer(network: "MobileNetV2", side: 112, inputs: 32, outputs: 32, taps: 3),
    Layer(network: "MobileNetV2", side: 56, inputs: 96, outputs: 96, taps: 3, stride: 2),
    Layer(network: "MobileNetV2", side: 14, inputs: 384, outputs: 384, taps: 3),
    Layer(network: "MobileNetV3", side: 28, inputs: 120, outputs: 120, taps: 5),
    Layer(network: "MobileNetV3", side: 28, inputs: 72, outputs: 72, taps: 5, stride: 2),
  ]

  /// Layers that work on each channel by itself.
  static let images = [
    Layer(network: "MobileNetV2", side: 14, inputs: 96, outputs: 96),
    Layer(network: "UNet", side: 128, inputs: 32, outputs: 32),
    Layer(network: "U2NetP", side: 160, inputs: 64, outputs: 64),
  ]
}
