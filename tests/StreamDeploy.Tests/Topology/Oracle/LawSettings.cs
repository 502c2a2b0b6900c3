using System.Globalization;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>How many cases a law is tried on, and which.</summary>
public static class LawSettings
{
    /// <summary>How many cases; a nightly run sets thousands.</summary>
    public const string CountVariable = "STREAMDEPLOY_LAWS";

    /// <summary>The one seed to try again: what a failure printed.</summary>
    public const string SeedVariable = "STREAMDEPLOY_LAWS_SEED";

    public static int? Seed => Number(SeedVariable);

    public static int Count => Seed is null ? Number(CountVariable) ?? 300 : 1;

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
