/// Where shops file a label of the tag network: Shopify's Standard Product Taxonomy (MIT licence) and
/// Google's product taxonomy of 2021-09-21. Ids and names are those of Shopify's release 2024-07.
///
/// Only labels whose ids are known for certain have one; a garment that is known no closer has the
/// id of its group.
public struct ProductCategory: Sendable, Equatable {
  /// The id in Shopify's taxonomy, such as `aa-1-4`.
  public let code: String
  /// Google's id, which Shopify's own mapping gives.
  public let googleID: Int
  /// The names from the vertical down, joined by ` > `.
  public let path: String

  /// The id with which Shopify's interfaces work.
  public var gid: String { "gid://shopify/TaxonomyCategory/\(code)" }

  /// The category of a label; nil where it is not known here.
  public init?(label: String) {
    guard let category = ProductCategory.known[label] else { return nil }
    self = category
  }

  private init(_ code: String, _ googleID: Int, _ path: String) {
    self.code = code
    self.googleID = googleID
    self.path = "Apparel & Accessories > " + path
  }

  private static let tops = ProductCategory("aa-1-13", 212, "Clothing > Clothing Tops")

  /// A kind of top; Google has one category for all.
  private static func top(_ number: Int, _ name: String) -> ProductCategory {
    ProductCategory("aa-1-13-\(number)", 212, "Clothing > Clothing Tops > \(name)")
  }

  private static let coats = ProductCategory(
    "aa-1-10-2", 5598, "Clothing > Outerwear > Coats & Jackets")

  private static let known: [String: ProductCategory] = [
    "baby bodysuit": ProductCategory("aa-1-2", 182, "Clothing > Baby & Toddler Clothing"),
    "blazer": coats, "jacket or coat": coats,
    "blouse": top(1, "Blouses"), "hoodie": top(13, "Hoodies"), "polo shirt": top(6, "Polos"),
    "shirt": top(7, "Shirts"), "t-shirt": top(8, "T-Shirts"), "long-sleeve top": tops, "top": tops,
    "undershirt": tops,
    "dress": ProductCategory("aa-1-4", 2271, "Clothing > Dresses"),
    "hat": ProductCategory("aa-2-17", 173, "Clothing Accessories > Hats"),
    "shoes": ProductCategory("aa-8", 187, "Shoes"),
    "shorts": ProductCategory("aa-1-14", 207, "Clothing > Shorts"),
    "skirt": ProductCategory("aa-1-15", 1581, "Clothing > Skirts"),
    "trousers": ProductCategory("aa-1-12", 204, "Clothing > Pants"),
    "watch": ProductCategory("aa-6-11", 201, "Jewelry > Watches"),
  ]
}
