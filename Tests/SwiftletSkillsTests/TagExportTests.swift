import SwiftletImage
import SwiftletSkills
import Testing

@Suite struct TagExportTests {
  @Test func shopsImportWhatWasTagged() throws {
    let folders = try BatchFolders()
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
    let folders = try BatchFolders()
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

  @Test func fieldsOfATableAreNoFormulas() {
    #expect(CSV.line(["a\"\u{301}b"]) == "\"a\"\"\u{301}b\"\r\n")
    #expect(CSV.line(["a\r\nb"]) == "\"a\r\nb\"\r\n")
    for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\r\nx", "=\u{301}"] {
      #expect(CSV.plain(text) == "'" + text)
    }
    #expect(CSV.plain("a=1") == "a=1" && CSV.plain("").isEmpty)
  }
}
