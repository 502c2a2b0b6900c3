namespace StreamDeploy.Cli.Settings;

/// <summary>Why a file of the user's cannot be read.</summary>
internal static class Unreadable
{
    /// <summary>.NET says of a folder that access to it is denied, which sends the user looking at permissions.</summary>
    public static string Because(string path, Exception e) => Directory.Exists(path) ? $"{path} is a folder, but must be a file." : $"{path} cannot be read: {e.Message}";
}
