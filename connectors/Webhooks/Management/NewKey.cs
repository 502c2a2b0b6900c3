using System.Security.Cryptography;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>Keys that nobody can guess.</summary>
internal static class NewKey
{
    public const string ApiKeyPrefix = "sda_";

    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    // PagerDuty's clients want a routing key to be 32 characters long; of these letters that is 165 bits.
    private const int Length = 32;

    // Above what a person would choose in a catalog file, and within what a double holds.
    private const int IdMin = 1_000_000;

    public static string Integration() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>With a prefix by which scanners for leaked secrets know it.</summary>
    public static string Api() => ApiKeyPrefix + RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>An id that no entry has or, as good as surely, had: events of a deleted one must not become another's.</summary>
    public static long Id(Func<long, bool> isTaken)
    {
        while (true)
        {
            long id = RandomNumberGenerator.GetInt32(IdMin, int.MaxValue);
            if (!isTaken(id))
                return id;
        }
    }
}
