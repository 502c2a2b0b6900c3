using System.Security.Cryptography;
using System.Text;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>A secret that is sent as it is.</summary>
internal static class SharedSecret
{
    /// <summary>Whether it is one of these. Both sides are hashed, so that not even the length of a secret shows in the time taken, and every secret is tried.</summary>
    public static bool IsOneOf(string given, IReadOnlyList<byte[]> secrets)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        var valid = false;
        foreach (var secret in secrets)
            valid |= CryptographicOperations.FixedTimeEquals(SHA256.HashData(secret), hash);
        return valid;
    }
}
