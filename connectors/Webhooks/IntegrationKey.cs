using System.Security.Cryptography;
using System.Text;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What a sender shows to be let in. Only its hash is kept; looking a hash up takes the same time whatever the key is.</summary>
public static class IntegrationKey
{
    public const int LengthMin = 16;
    public const int LengthMax = 200;

    /// <summary>SHA-256 of the key, in lower-case hex.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Whether a key can stand in a URL as it is and is long enough not to be guessed.</summary>
    public static bool IsWellFormed(string key) =>
        key.Length is >= LengthMin and <= LengthMax && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~');
}
