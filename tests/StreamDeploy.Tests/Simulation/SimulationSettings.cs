using System.Globalization;

namespace StreamDeploy.Tests.Simulation;

/// <summary>How many histories are simulated, and which.</summary>
internal static class SimulationSettings
{
    /// <summary>How many histories; a soak asks for as many as there is time.</summary>
    public const string CountVariable = "STREAMDEPLOY_SIMULATION";

    /// <summary>The first seed of the set; a soak takes fresh ones.</summary>
    public const string FirstVariable = "STREAMDEPLOY_SIMULATION_FIRST";

    /// <summary>The one seed to run again: what a failure printed.</summary>
    public const string SeedVariable = "STREAMDEPLOY_SIMULATION_SEED";

    public static int? Seed => Number(SeedVariable);

    public static int First => Number(FirstVariable) ?? 1;

    public static int Count => Number(CountVariable) ?? 300;

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
