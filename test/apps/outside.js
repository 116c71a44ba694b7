// Work that code outside any request does when a request wants it: a timer that was there before any request begins it.

exports.outsideAnyRequest = work => {
  let wished
  setInterval(async () => {
    const tell = wished
    wished = undefined
    if (tell) tell(await work())
  }, 5).unref()
  return () =>
    new Promise(resolve => {
      wished = resolve
    })
}
