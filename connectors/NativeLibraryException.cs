namespace StreamDeploy.Connectors;

/// <summary>A native library is missing, cannot be loaded or is not the one that this program was built with. The message says what to install.</summary>
public sealed class NativeLibraryException(string message, Exception? inner = null) : Exception(message, inner);
