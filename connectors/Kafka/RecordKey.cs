using System.Globalization;
using System.Text;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Keys of the form accountId/id: of the tables, and of the answers.</summary>
internal static class RecordKey
{
    public static string Of(string accountId, long id) => accountId + "/" + id.ToString(CultureInfo.InvariantCulture);

    public static string Of(string accountId, string id) => accountId + "/" + id;

    /// <summary>Takes a table's key apart. Account ids may hold a slash, ids are numbers: the last slash decides.</summary>
    public static bool TryRead(ReadOnlySpan<byte> key, out string accountId, out long id)
    {
        var text = Encoding.UTF8.GetString(key);
        var slash = text.LastIndexOf('/');
        accountId = slash > 0 ? text[..slash] : "";
        id = 0;
        return slash > 0 && long.TryParse(text.AsSpan(slash + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out id);
    }
}
