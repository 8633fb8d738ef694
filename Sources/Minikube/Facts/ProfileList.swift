/// What `minikube profile list -o json` says.
struct ProfileList: Sendable, Hashable, Decodable {
    struct Entry: Sendable, Hashable, Decodable {
        var Name: String
        var Status: String?
        var Config: StoredProfile?

        private enum CodingKeys: String, CodingKey {
            case Name
            case Status
            case Config
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            Name = try values.decode(String.self, forKey: .Name)
            Status = try values.decodeIfPresent(String.self, forKey: .Status)
            // Of an invalid profile it is whatever was left.
            Config = try? values.decodeIfPresent(StoredProfile.self, forKey: .Config)
        }
    }

    var valid: [Entry]
    var invalid: [Entry]
}
