namespace StreamDeploy.Cli;

/// <summary>What the process says with its exit code; listed in the README and in the help.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something broke that is not the user's mistake; the message says what.</summary>
    public const int Failed = 1;

    /// <summary>A flag, a setting or an input file is wrong; the message names it.</summary>
    public const int Usage = 2;

    /// <summary>A server that is needed (Kafka, registry, ClickHouse) was not to be reached in time.</summary>
    public const int Unavailable = 3;

    /// <summary>A comparison found differences: topics that are not as they should be, recorded answers that do not come out again.</summary>
    public const int Different = 4;
}
