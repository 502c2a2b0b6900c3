namespace StreamDeploy.Connectors.LiveView.Pages;

/// <summary>What a page that cannot be shown says instead.</summary>
/// <param name="What">Is wrong.</param>
/// <param name="ToDo">About it.</param>
public sealed record Problem(string What, string ToDo);

/// <summary>The way in.</summary>
/// <param name="Next">Where to, then.</param>
/// <param name="Refused">Why the last attempt was none; null for none.</param>
/// <param name="HasSingleSignOn">Whether there is a provider to sign in at.</param>
public sealed record SignIn(string Next, string? Refused, bool HasSingleSignOn = false);
