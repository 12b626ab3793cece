// The echo server of tokio-tungstenite's own examples, on one thread: what Rust does on the core that we have.
use futures_util::{future, StreamExt, TryStreamExt};
use tokio::{io::AsyncReadExt, net::TcpListener};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    // Whoever started us holds our standard input; however that ends, so do we.
    tokio::spawn(async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        std::process::exit(0);
    });
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
            let (write, read) = socket.split();
            let echoed = read.try_filter(|message| future::ready(message.is_text() || message.is_binary()));
            let _ = echoed.forward(write).await;
        });
    }
}
